"""Kiswahili. DRAFT: written with care, to be reviewed by a native speaker before it goes live."""

from __future__ import annotations

from payment_app.web.texts.shape import Texts

SW: Texts = {
    "code": "sw",
    "name": "Kiswahili",
    "months": ["Jan", "Feb", "Mac", "Apr", "Mei", "Jun", "Jul", "Ago", "Sep", "Okt", "Nov", "Des"],
    "screens": {
        "ready": {
            "headline": "Lipa {amount} kwa M-Pesa",
            "reason": "Tutatuma ombi kwenye simu yako, nawe utaweka PIN yako hapo.",
        },
        "sending": {
            "headline": "Inatuma…",
            "reason": "Tunaiomba M-Pesa itume ombi kwenye simu yako.",
        },
        "prompt_sent": {
            "headline": "Angalia simu yako",
            "reason": "M-Pesa imetuma ombi la {prompt} kwa {phone}. {usual}",
        },
        "still_waiting": {
            "headline": "Bado tunasubiri M-Pesa",
            "reason": "{usual}Ombi limefungika? Usilipe mara mbili kwanza: tunaangalia.",
        },
        "not_known": {
            "headline": "Bado hatujui",
            "reason": "M-Pesa haijatuambia matokeo, na tunaendelea kuuliza. Ikiwa simu yako "
            "ilionyesha uthibitisho wa M-Pesa, usijali: tutaulinganisha.",
        },
        "paid": {
            "headline": "Imelipwa. Nafasi ni yako",
            "reason": "Tumepokea {paid}. Asante.",
        },
        "paid_without_receipt": {
            "headline": "Imelipwa, risiti inakuja",
            "reason": "Tumepokea {paid}. Namba ya risiti ya M-Pesa itaonekana hapa yenyewe.",
        },
        "part_paid": {
            "headline": "{received} imepokelewa, {due} imebaki",
            "reason": "Asante. Lipa iliyobaki utakapokuwa tayari.",
        },
        "overpaid": {
            "headline": "Imelipwa, na {over} zaidi",
            "reason": "Malipo yako yamekamilika. {merchant} wanaona kwamba umelipa zaidi: "
            "waulize kuhusu {over}, na uwape namba ya kumbukumbu.",
        },
        "already_paid": {
            "headline": "Tayari imelipwa",
            "reason": "Tumepokea {paid} kwa nafasi hii. Hakuna kilichobaki kulipwa.",
        },
        "closed": {
            "headline": "Nafasi hii imefungwa",
            "reason": "Tafadhali usilipe. Waulize {merchant} ikiwa bado unaihitaji.",
        },
        "paid_after_close": {
            "headline": "Imepokelewa, lakini nafasi ilikuwa imefungwa",
            "reason": "Tumepokea {late}, na pesa yako iko salama. {merchant} wanaiona na wanaamua"
            " sasa: upate nafasi hata hivyo, au urudishiwe pesa. Usilipe tena. Wapigie "
            "au uwaandikie {merchant}, na uwape kumbukumbu {reference}.",
        },
        "outage": {
            "headline": "Maombi ya M-Pesa yanachelewa kwa sasa",
            "reason": "Hakuna kilichotumwa wala pesa iliyochukuliwa. Subiri hapa: M-Pesa "
            "ikitujibu tena, utaweza kulipa kwa ombi. Au lipa sasa kwa menyu ya M-Pesa.",
        },
        "not_found": {
            "headline": "Kiungo hiki cha malipo hakifanyi kazi",
            "reason": "Fungua kiungo chote tena, au uombe kipya kutoka kwa biashara "
            "iliyokutumia. Umelipa tayari? Basi malipo yako hayapotei pamoja na kiungo hiki: "
            "hifadhi ujumbe wa M-Pesa, uuonyeshe kwa biashara, na usilipe tena.",
        },
    },
    "reasons": {
        "cancelled": {
            "headline": "Umeghairi ombi",
            "reason": "Hakuna pesa iliyochukuliwa. Hukughairi? Basi lilifungika kabla ya PIN "
            "kufika. Tuma tena ukiwa tayari.",
        },
        "wrong_pin": {
            "headline": "PIN hiyo si sahihi",
            "reason": "Hakuna pesa iliyochukuliwa. Kuwa mwangalifu: PIN tatu zisizo sahihi "
            "hufunga M-Pesa.",
        },
        "low_balance": {
            "headline": "Salio la M-Pesa halitoshi",
            "reason": "Hakuna pesa iliyochukuliwa. Ongeza salio utume tena, au tumia namba "
            "nyingine ya M-Pesa.",
        },
        "busy": {
            "headline": "Simu yako ina ombi lingine la M-Pesa",
            "reason": "Hakuna pesa iliyochukuliwa. Maliza au funga ombi hilo lingine, subiri "
            "dakika moja, kisha utume tena.",
        },
        "unreachable": {
            "headline": "Hatukuweza kuifikia simu yako",
            "reason": "Hakuna pesa iliyochukuliwa. Je, simu imewashwa, imefunguliwa na ina "
            "mtandao? Kwa laini ya zamani au eSIM, piga *234*1*6# mara moja kuisasisha, "
            "kisha utume tena.",
        },
        "expired": {
            "headline": "Muda wa ombi umeisha",
            "reason": "Hakuna malipo yaliyotufikia. Ikiwa M-Pesa imekutumia ujumbe kwamba umelipa, "
            "usilipe tena. La sivyo, tuma tena.",
        },
        "limit_transaction": {
            "headline": "Kiasi ni kikubwa mno kwa malipo moja ya M-Pesa",
            "reason": "Hakuna pesa iliyochukuliwa. M-Pesa hutuma hadi KSh 250,000 kwa mara moja. "
            "Waulize {merchant} jinsi ya kulipa kwa awamu.",
        },
        "limit_daily": {
            "headline": "Umefikia kikomo chako cha M-Pesa cha leo",
            "reason": "Hakuna pesa iliyochukuliwa. Jaribu tena kesho, au tumia namba nyingine "
            "ya M-Pesa.",
        },
        "limit_account": {
            "headline": "{merchant} hawawezi kupokea malipo haya kwa sasa",
            "reason": "Hakuna pesa iliyochukuliwa, na simu yako iko sawa: akaunti ya M-Pesa ya "
            "{merchant} imejaa. Tafadhali wajulishe; wanaweza kurekebisha.",
        },
        "amount": {
            "headline": "M-Pesa haiwezi kupokea kiasi hiki",
            "reason": "Hakuna pesa iliyochukuliwa. Waombe {merchant} warekebishe kiasi.",
        },
        "too_soon": {
            "headline": "Ni mapema mno baada ya ombi lililopita",
            "reason": "Hakuna pesa iliyochukuliwa. M-Pesa hupokea kiasi kilekile tena baada ya "
            "dakika 2.",
        },
        "system_busy": {
            "headline": "M-Pesa ina shughuli nyingi",
            "reason": "Hakuna pesa iliyochukuliwa. Subiri dakika chache, kisha utume tena.",
        },
        "prompt_failed": {
            "headline": "Ombi halikufika kwenye simu yako",
            "reason": "Hakuna pesa iliyochukuliwa. Je, simu imewashwa na ina mtandao? "
            "Basi jaribu tena.",
        },
        "pin_locked": {
            "headline": "PIN yako ya M-Pesa imefungwa",
            "reason": "Hakuna pesa iliyochukuliwa. Pigia Safaricom 100 (malipo ya kabla) au 200 "
            "(malipo ya baadaye) ifunguliwe, au tumia namba nyingine ya M-Pesa.",
        },
        "setup": {
            "headline": "M-Pesa haifanyi kazi hapa kwa sasa",
            "reason": "Hakuna pesa iliyochukuliwa, na si kosa lako: kuna mpangilio usio sahihi "
            "upande wetu. Tafadhali wajulishe {merchant}.",
        },
        "other": {
            "headline": "Malipo hayakufaulu",
            "reason": "M-Pesa imetoa sababu tusiyoijua, na tunaiangalia. Ikiwa M-Pesa imekutumia "
            "ujumbe kwamba umelipa, usilipe tena.",
        },
        "rejected": {
            "headline": "M-Pesa haikukubali ombi",
            "reason": "Hakuna ombi lililotumwa wala pesa iliyochukuliwa. Angalia namba "
            "na ujaribu tena.",
        },
        "unknown_expired": {
            "headline": "Hakuna uthibitisho uliofika",
            "reason": "M-Pesa haikutuambia matokeo. Ikiwa M-Pesa imekutumia ujumbe kwamba umelipa, "
            "usilipe tena: wajulishe {merchant}. La sivyo, tuma tena.",
        },
    },
    "notices": {
        "invalid_phone_number": "Angalia namba hii. Namba za M-Pesa huanza na 07 au 01 "
        "na zina tarakimu 10.",
        "wrong_amount": "Hicho ni zaidi ya kinachoweza kulipwa kwa mara moja.",
        "invalid_amount": "Andika shilingi kamili, 1 au zaidi.",
        "too_many_prompts": "Maombi ni mengi mno kwa muda mfupi. Hakuna kilichotumwa. "
        "Jaribu tena baada ya {wait}.",
        "too_soon": "Ni mapema mno kwa ombi lingine. Hakuna kilichotumwa. "
        "Jaribu tena baada ya {wait}.",
        "booking_paid": "Nafasi hii tayari imelipwa. Hakuna kilichotumwa.",
        "booking_closed": "Nafasi hii imefungwa. Hakuna kilichotumwa.",
        "payment_in_progress": "Ombi bado liko wazi kwenye simu. Hakuna jipya lililotumwa, "
        "ili mtu asilipe mara mbili.",
        "mpesa_unavailable": "Maombi ya M-Pesa hayafanyi kazi kwa sasa. Hakuna kilichotumwa wala "
        "pesa iliyochukuliwa. Jaribu tena baada ya dakika chache.",
        "reconciling": "Tunahakiki malipo yote na M-Pesa baada ya ukarabati. Hakuna kilichotumwa "
        "wala pesa iliyochukuliwa. Jaribu tena baada ya dakika chache.",
        "too_busy": "Watu wengi sana wanalipa kwa sasa. Hakuna kilichotumwa wala pesa "
        "iliyochukuliwa. Jaribu tena baada ya muda mfupi.",
        "refused_by_mpesa": "M-Pesa haikukubali ombi. Hakuna pesa iliyochukuliwa.",
        "other": "Kuna hitilafu upande wetu. Angalia simu yako: "
        "ikiwa hakuna ombi lililofika, jaribu tena.",
    },
    "pay": {
        "title_open": "Lipa {merchant}",
        "title_state": "{headline} — {merchant}",
        "title_paid": "✓ Imelipwa — {merchant}",
        "pay": "Lipa {due}",
        "pay_any": "Lipa kwa M-Pesa",
        "pay_rest": "Lipa iliyobaki",
        "send_again": "Tuma tena",
        "try_again": "Jaribu tena",
        "wait": "{label} baada ya {time}",
        "wait_reason": "{phone} imepata ombi hivi punde, na M-Pesa inataka muda kidogo kabla ya "
        "ombi jingine kwa simu hiyo hiyo.",
        "usual": "Wengi humaliza kwa takriban sekunde {n}.",
        "wait_unknown": "Ombi bado linaweza kuwa wazi kwenye {phone}, na la pili linaweza kulipwa "
        "mara mbili. Tunaendelea kuiuliza M-Pesa la kwanza liliishaje.",
        "due": "Ya kulipa",
        "left": "Imebaki",
        "in_prompt": "Kwenye ombi hili",
        "paid": "Imelipwa",
        "reference": "Kumbukumbu",
        "total": "Jumla",
        "paid_so_far": "Imelipwa hadi sasa",
        "went_back": "Umerudishiwa {amount}: zimerudi kwenye M-Pesa yako.",
        "still_due": "Bado kulipwa",
        "amount_hint": "Unaweza kulipa kwa awamu, hadi {due} kwa mara moja.",
        "progress": "{paid} kati ya {total} imelipwa",
        "steps": [
            "Fungua {phone}",
            "Weka PIN yako ya M-Pesa kwenye skrini ya M-Pesa",
            "Rudi hapa: ukurasa huu hujisasisha wenyewe",
        ],
        "wrong_number": {
            "question": "Namba si sahihi?",
            "answer": "Ombi limetumwa kwa {phone} na litafungika lenyewe baada ya dakika moja "
            "au mbili. Kisha unaweza kulituma kwa namba nyingine hapa.",
        },
        "no_prompt": {
            "question": "Sikupata ombi",
            "answer": "Fungua {phone} na uhakikishe ina mtandao. Ikiwa hakuna kinachoonekana, "
            "acha ukurasa huu wazi: tukijua kwamba hakuna kilicholipwa, unaweza kutuma tena.",
        },
        "menu_paybill": "Lipa na M-Pesa → Pay Bill",
        "menu_till": "Lipa na M-Pesa → Buy Goods and Services",
        "paybill": "Nambari ya biashara",
        "till": "Nambari ya Till",
        "account": "Nambari ya akaunti",
        "manual_amount": "Kiasi",
        "manual_note": "Ukilipa hivi, usilipe tena hapa. Hifadhi ujumbe wa M-Pesa: {merchant} "
        "watalinganisha malipo yako wenyewe, kwa hivyo ukurasa huu unaweza kuendelea kuomba.",
        "help": "Kumbukumbu {reference}: ",
        "minutes": "dakika {n}",
        "seconds": "sekunde {n}",
    },
    "ui": {
        "loading": "Inapakia",
        "phone_label": "Namba ya simu ya M-Pesa",
        "phone_hint": "Kwa mfano 0712 345 678",
        "sending": "Inatuma…",
        "amount_label": "Kiasi kwa shilingi",
        "another_number": "Tumia nambari nyingine",
        "menu_instead": "Lipa kupitia menyu ya M-Pesa badala yake",
        "another_free": "Nambari nyingine haisubiri: iandike, kisha utume.",
        "pin_note": "Hatuulizi PIN yako hapa kamwe.",
        "steps_label": "Cha kufanya sasa",
        "details": "Maelezo",
        "receipt_number": "Risiti ya M-Pesa",
        "receipt_coming": "Inakuja",
        "paid_at": "Saa",
        "view_receipt": "Ona risiti",
        "copy": "Nakili",
        "copied": "Imenakiliwa",
        "copy_amount": "Nakili kiasi",
        "help": "Una swali?",
        "call": "Piga simu",
        "whatsapp": "WhatsApp",
        "language": "Lugha",
        "reconnecting": "Inaunganisha tena, malipo yako yako salama",
        "back_to_payment": "Rudi kwenye nafasi",
        "receipt": "Risiti",
        "receipt_title": "Risiti — {merchant}",
        "received_from": "Imelipwa kutoka",
        "amount_paid": "Kiasi kilicholipwa",
        "refunded": "Imerudishwa",
        "booking_total": "Jumla ya nafasi",
        "booking_paid": "Imelipwa hadi sasa",
        "booking_due": "Bado kulipwa",
        "after_close": "Imepokelewa, lakini nafasi ilikuwa imefungwa",
        "after_close_reason": "Pesa hii ilifika baada ya nafasi kufungwa. {merchant} wanaamua kama "
        "utapata nafasi hata hivyo au utarudishiwa pesa. Waulize, na uwape "
        "kumbukumbu.",
        "print": "Chapisha",
        "pdf": "Hifadhi PDF",
        "sms": "Ujumbe mfupi",
        "calendar": "Weka kwenye kalenda",
        "share": "Shiriki",
        "share_text": "Risiti: {amount} kwa {merchant}, kumbukumbu {reference}, M-Pesa {number}.",
        "check_alt": "Msimbo wa QR wa kuhakiki",
        "check_hint": "Skani au gusa ili kuhakikisha kwamba risiti hii ni halali.",
        "not_tax": "Hii ni risiti ya malipo, si ankara ya kodi.",
        "no_receipt": "Hakuna risiti kwenye kiungo hiki",
        "no_receipt_reason": "Fungua kiungo chote tena. Risiti huwa hapa mara tu malipo "
        "yanapotufikia. Ikiwa M-Pesa imekutumia ujumbe kwamba umelipa, uhifadhi, uuonyeshe kwa "
        "biashara, na usilipe tena.",
        "simulated": "Hali ya majaribio: hakuna pesa halisi",
    },
    "plain": {
        "no_scripts_form": "Ukurasa huu unafanya kazi bila JavaScript: ukibonyeza kitufe, ukurasa "
        "mpya utaonyesha kilichotokea.",
        "no_scripts_wait": "Ukurasa huu unaangalia tena wenyewe kila baada ya sekunde chache.",
        "no_scripts_later": "Bila JavaScript ukurasa huu haubadiliki wenyewe.",
        "look_again": "Angalia tena",
        "offline_form": "Mtandao au kivinjari chako kinazuia mawasiliano ya moja kwa moja ya "
        "ukurasa huu, au ni ya polepole. Fomu inafanya kazi vilevile.",
        "offline_wait": "Mtandao au kivinjari chako kinazuia mawasiliano ya moja kwa moja ya "
        "ukurasa huu, au ni ya polepole. Ukurasa unaangalia tena wenyewe kila baada ya sekunde "
        "chache.",
        "foreign": "Fomu hii imetoka kwenye tovuti nyingine, kwa hivyo hakuna kilichotumwa. "
        "Fungua kiungo chenyewe cha malipo ujaribu tena.",
    },
    "check": {
        "genuine": {
            "headline": "Risiti hii ni halali",
            "reason": "{merchant} wamepokea malipo haya. Linganisha yaliyo hapa chini na risiti "
            "uliyoonyeshwa: yakitofautiana, risiti hiyo imebadilishwa.",
        },
        "forged": {
            "headline": "Hii si risiti ya {merchant}",
            "reason": "Mtu ametengeneza au kubadilisha msimbo huu. Usiukubali kama uthibitisho wa "
            "malipo. Ikiwa umelipa mwenyewe, fungua tena kiungo cha risiti yako.",
        },
        "not_in_books": {
            "headline": "Hatuyaoni malipo haya",
            "reason": "Msimbo ni wetu, lakini malipo hayamo kwenye vitabu vya {merchant} kama "
            "unavyosema. Usiukubali kabla ya {merchant} kuangalia.",
        },
        "refunded": {
            "headline": "Malipo haya yalirudishwa",
            "reason": "Risiti ilikuwa halali, lakini pesa zimerudishwa kwa aliyelipa. Si "
            "uthibitisho wa malipo tena.",
        },
    },
    "trouble": {
        "no_page": {
            "headline": "Hakuna kitu kwenye anwani hii",
            "reason": "Fungua tena kiungo ulichotumiwa, au uiombe biashara. Ikiwa umelipa, malipo "
            "yako yanabaki vilevile: ukurasa huu hauhusiani nayo.",
        },
        "away": {
            "headline": "Ukurasa huu hauwezi kuonyeshwa kwa sasa",
            "reason": "Kuna kitu upande wetu hakifanyi kazi; si kosa lako. Ombi lililo tayari "
            "kwenye simu yako linahesabika, na ulicholipa hakijapotea. Usilipe tena kabla ya "
            "kuuona ukurasa huu: angalia tena baada ya dakika moja.",
        },
    },
    "home": {
        "title": "Malipo ya M-Pesa, kwa majaribio",
        "lead": "Kila kitu hapa hufanya kazi kama kawaida, lakini pesa si halisi. Fungua nafasi, "
        "tuma ombi, na ulijibu kwenye simu ya majaribio.",
        "steps": "Hatua tatu",
        "own": "Nafasi zako, mpya kwanza",
        "pay_title": "Fungua kiungo cha malipo",
        "pay_text": "Ndicho mteja anachopata. Weka namba yoyote ya Kenya na utume ombi.",
        "phone_title": "Jibu kwenye simu ya majaribio",
        "phone_text": "Ombi liko hapo. PIN ni 1234; au ghairi, au liache liishe muda.",
        "staff_title": "Lione kwenye ukurasa wa wafanyakazi",
        "staff_text": "Tafuta malipo, ona kilichotokea, uliza M-Pesa.",
        "staff_emails": "Ingia kama",
        "staff_password": "Nenosiri",
        "staff_terminal": "kama terminali ilivyoonyesha mwanzoni",
        "copy": "Nakili",
        "copied": "Imenakiliwa",
        "bookings": "Nafasi za mfano",
        "none": "Bado hakuna nafasi. Tengeneza moja kupitia API.",
        "paid_of": "{paid} kati ya {total} imelipwa",
        "open_link": "Fungua ukurasa wa malipo",
        "api_title": "Maelezo ya API",
        "api_text": "Tengeneza nafasi na malipo kutoka kwa mfumo wako.",
        "gallery_title": "Mkusanyiko",
        "gallery_text": "Kila hali ambayo mlipaji anaweza kukutana nayo, kando kwa kando.",
        "gallery_lead": "Mifano tu; hakuna nafasi halisi hapa.",
        "gallery_states": "Kadi ya malipo",
        "gallery_receipts": "Risiti",
        "gallery_pages": "Kurasa nyingine",
        "gallery_no_receipt": "Kiungo cha risiti kisichofanya kazi",
        "gallery_no_page": "Anwani isiyo na kitu",
        "gallery_forged": "Uhakiki wa risiti ghushi",
        "gallery_paid": "Imelipwa, na msimbo wake",
        "gallery_late": "Imelipwa baada ya nafasi kufungwa",
        "gallery_refunded": "Imerudishwa",
        "pages_title": "Pia hapa",
        "open": "Wazi",
        "part_paid": "Imelipwa sehemu",
        "paid": "Imelipwa",
        "closed": "Imefungwa",
    },
}
