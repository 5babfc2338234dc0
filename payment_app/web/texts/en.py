"""English. Every sentence on money says whether it moved, then what to do now."""

from __future__ import annotations

from payment_app.web.texts.shape import Texts

EN: Texts = {
    "code": "en",
    "name": "English",
    "months": ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"],
    "screens": {
        "ready": {
            "headline": "Pay {amount} with M-Pesa",
            "reason": "We send a prompt to your phone, and you enter your PIN there.",
        },
        "sending": {
            "headline": "Sending…",
            "reason": "We are asking M-Pesa to send the prompt to your phone.",
        },
        "prompt_sent": {
            "headline": "Check your phone",
            "reason": "M-Pesa has sent the prompt for {prompt} to {phone}. {usual}",
        },
        "still_waiting": {
            "headline": "Still waiting for M-Pesa",
            "reason": "{usual}Prompt closed? Don’t pay twice yet: we are checking.",
        },
        "not_known": {
            "headline": "We don’t know yet",
            "reason": "M-Pesa has not told us how it ended, and we keep asking. If your phone "
            "showed an M-Pesa confirmation, you are fine: we will match it.",
        },
        "paid": {
            "headline": "Paid. You’re booked",
            "reason": "We have received {paid}. Thank you.",
        },
        "paid_without_receipt": {
            "headline": "Paid, receipt on its way",
            "reason": "We have received {paid}. The M-Pesa receipt number follows here by itself.",
        },
        "part_paid": {
            "headline": "{received} received, {due} left",
            "reason": "Thank you. Pay the rest whenever you are ready.",
        },
        "overpaid": {
            "headline": "Paid, and {over} too much",
            "reason": "Your booking is paid in full. {merchant} can see that you paid too much: "
            "ask them about the {over}, and give the reference.",
        },
        "already_paid": {
            "headline": "Already paid",
            "reason": "We have received {paid} for this booking. There is nothing left to pay.",
        },
        "closed": {
            "headline": "This booking is closed",
            "reason": "Please do not pay. Ask {merchant} if you still want it.",
        },
        "paid_after_close": {
            "headline": "Received, but the booking had closed",
            "reason": "We have received {late}, and your money is safe. {merchant} sees it and "
            "decides now: you get the booking after all, or the money back. Do not pay "
            "again. Call or write to {merchant} and give the reference {reference}.",
        },
        "outage": {
            "headline": "M-Pesa prompts are slow right now",
            "reason": "Nothing was sent and no money was taken. Wait here: as soon as M-Pesa "
            "answers us again, this page lets you pay by prompt. Or pay from the M-Pesa menu now.",
        },
        "not_found": {
            "headline": "This payment link does not work",
            "reason": "Open the whole link once more, or ask the business that sent it for a "
            "new one. Have you paid already? Then your payment is not lost with this link: keep "
            "the message from M-Pesa, show it to the business, and do not pay again.",
        },
    },
    "reasons": {
        "cancelled": {
            "headline": "You cancelled the prompt",
            "reason": "No money was taken. You did not cancel? Then it closed before the PIN "
            "arrived. Send it again when you are ready.",
        },
        "wrong_pin": {
            "headline": "That PIN was not right",
            "reason": "No money was taken. Take care: three wrong PINs lock M-Pesa.",
        },
        "low_balance": {
            "headline": "Not enough in M-Pesa",
            "reason": "No money was taken. Top up and send again, or use another M-Pesa number.",
        },
        "busy": {
            "headline": "Your phone is busy with another M-Pesa request",
            "reason": "No money was taken. Finish or close the other request, wait a minute, "
            "then send again.",
        },
        "unreachable": {
            "headline": "We could not reach your phone",
            "reason": "No money was taken. Is the phone on and unlocked, with signal? With an old "
            "SIM or an eSIM, dial *234*1*6# once to update it, then send again.",
        },
        "expired": {
            "headline": "The prompt ran out of time",
            "reason": "No payment has reached us. If M-Pesa sent you a message that you paid, "
            "do not pay again. If not, send it again.",
        },
        "limit_transaction": {
            "headline": "Too much for one M-Pesa payment",
            "reason": "No money was taken. M-Pesa moves at most KSh 250,000 at a time. "
            "Ask {merchant} how to pay in parts.",
        },
        "limit_daily": {
            "headline": "Your M-Pesa limit for today is reached",
            "reason": "No money was taken. Try again tomorrow, or use another M-Pesa number.",
        },
        "limit_account": {
            "headline": "{merchant} cannot receive this right now",
            "reason": "No money was taken, and your phone is fine: the M-Pesa account of "
            "{merchant} is full. Please tell them; they can mend it.",
        },
        "amount": {
            "headline": "M-Pesa cannot take this amount",
            "reason": "No money was taken. Ask {merchant} to correct the amount.",
        },
        "too_soon": {
            "headline": "Too soon after the last prompt",
            "reason": "No money was taken. M-Pesa takes the same amount again after 2 minutes.",
        },
        "system_busy": {
            "headline": "M-Pesa is busy",
            "reason": "No money was taken. Wait a few minutes, then send again.",
        },
        "prompt_failed": {
            "headline": "The prompt did not reach your phone",
            "reason": "No money was taken. Is the phone on, with signal? Then try again.",
        },
        "pin_locked": {
            "headline": "Your M-Pesa PIN is locked",
            "reason": "No money was taken. Call Safaricom on 100 (prepaid) or 200 (postpaid) to "
            "unlock it, or use another M-Pesa number.",
        },
        "setup": {
            "headline": "M-Pesa does not work here right now",
            "reason": "No money was taken, and it is not your fault: something is set up wrong "
            "on our side. Please tell {merchant}.",
        },
        "other": {
            "headline": "The payment did not go through",
            "reason": "M-Pesa gave a reason that we do not know, and we are checking it. If "
            "M-Pesa sent you a message that you paid, do not pay again.",
        },
        "rejected": {
            "headline": "M-Pesa did not accept the request",
            "reason": "No prompt was sent and no money was taken. Check the number and try again.",
        },
        "unknown_expired": {
            "headline": "No confirmation arrived",
            "reason": "M-Pesa never told us how it ended. If M-Pesa sent you a message that you "
            "paid, do not pay again: tell {merchant}. If not, send it again.",
        },
    },
    "notices": {
        "invalid_phone_number": "Check this number. M-Pesa numbers start with 07 or 01 "
        "and have 10 digits.",
        "wrong_amount": "That is more than can be paid at a time.",
        "invalid_amount": "Type whole shillings, 1 or more.",
        "too_many_prompts": "That was too many prompts in a short time. Nothing was sent. "
        "Try again in {wait}.",
        "too_soon": "Too soon for another prompt. Nothing was sent. Try again in {wait}.",
        "booking_paid": "This booking is already paid. Nothing was sent.",
        "booking_closed": "This booking is closed. Nothing was sent.",
        "payment_in_progress": "A prompt is still open on a phone. Nothing new was sent, so that "
        "nobody pays twice.",
        "mpesa_unavailable": "M-Pesa prompts do not work right now. Nothing was sent and no money "
        "was taken. Try again in a few minutes.",
        "reconciling": "We are checking every payment with M-Pesa after a repair. Nothing was sent "
        "and no money was taken. Try again in a few minutes.",
        "too_busy": "Very many people are paying right now. Nothing was sent and no money was "
        "taken. Try again in a moment.",
        "refused_by_mpesa": "M-Pesa did not accept the request. No money was taken.",
        "other": "Something went wrong on our side. Look at your phone: "
        "if no prompt came, try again.",
    },
    "pay": {
        "title_open": "Pay {merchant}",
        "title_state": "{headline} — {merchant}",
        "title_paid": "✓ Paid — {merchant}",
        "pay": "Pay {due}",
        "pay_any": "Pay with M-Pesa",
        "pay_rest": "Pay the rest",
        "send_again": "Send again",
        "try_again": "Try again",
        "wait": "{label} in {time}",
        "wait_reason": "{phone} had a prompt a moment ago, and M-Pesa wants a pause before the "
        "next one to the same phone.",
        "usual": "Most people finish in about {n} seconds.",
        "wait_unknown": "The prompt may still be open on {phone}, and a second one could be paid "
        "twice. We keep asking M-Pesa how the first one ended.",
        "due": "To pay",
        "left": "Left to pay",
        "in_prompt": "In this prompt",
        "paid": "Paid",
        "reference": "Reference",
        "total": "Total",
        "paid_so_far": "Paid so far",
        "went_back": "Refunded {amount}: it went back to your M-Pesa.",
        "still_due": "Still to pay",
        "amount_hint": "You can pay in parts, up to {due} at a time.",
        "progress": "{paid} of {total} paid",
        "steps": [
            "Unlock {phone}",
            "Enter your M-Pesa PIN on the M-Pesa screen",
            "Come back: this page updates by itself",
        ],
        "wrong_number": {
            "question": "Wrong number?",
            "answer": "The prompt went to {phone} and closes by itself in a minute or two. "
            "Then you can send it to another number here.",
        },
        "no_prompt": {
            "question": "I didn’t get a prompt",
            "answer": "Unlock {phone} and check that it has signal. If nothing shows, leave this "
            "page open: as soon as we know that nothing was paid, you can send it again.",
        },
        "menu_paybill": "Lipa na M-Pesa → Pay Bill",
        "menu_till": "Lipa na M-Pesa → Buy Goods and Services",
        "paybill": "Business number",
        "till": "Till number",
        "account": "Account number",
        "manual_amount": "Amount",
        "manual_note": "If you pay this way, do not pay again here. Keep the M-Pesa message: "
        "{merchant} matches your payment by hand, so this page may go on asking for a while.",
        "help": "Booking {reference}: ",
        "minutes": "{n} min",
        "seconds": "{n} s",
    },
    "ui": {
        "loading": "Loading",
        "phone_label": "M-Pesa phone number",
        "phone_hint": "For example 0712 345 678",
        "sending": "Sending…",
        "amount_label": "Amount in shillings",
        "another_number": "Use another number",
        "menu_instead": "Pay from the M-Pesa menu instead",
        "another_free": "Another number need not wait: type it, and send.",
        "pin_note": "We never ask for your PIN here.",
        "steps_label": "What to do now",
        "details": "Details",
        "receipt_number": "M-Pesa receipt",
        "receipt_coming": "On its way",
        "paid_at": "Time",
        "view_receipt": "View receipt",
        "copy": "Copy",
        "copied": "Copied",
        "copy_amount": "Copy the amount",
        "help": "Questions?",
        "call": "Call",
        "whatsapp": "WhatsApp",
        "language": "Language",
        "reconnecting": "Reconnecting, your payment is safe",
        "back_to_payment": "Back to the booking",
        "receipt": "Receipt",
        "receipt_title": "Receipt — {merchant}",
        "received_from": "Paid from",
        "amount_paid": "Amount paid",
        "refunded": "Refunded",
        "booking_total": "Booking total",
        "booking_paid": "Paid so far",
        "booking_due": "Still to pay",
        "after_close": "Received, but the booking had closed",
        "after_close_reason": "This money came after the booking had closed. {merchant} decides "
        "whether you get the booking after all or the money back. Ask them, and give the "
        "reference.",
        "print": "Print",
        "pdf": "Save as PDF",
        "sms": "Text message",
        "calendar": "Add to calendar",
        "share": "Share",
        "share_text": "Receipt: {amount} to {merchant}, booking {reference}, M-Pesa {number}.",
        "check_alt": "QR code of the check page",
        "check_hint": "Scan or tap to check that this receipt is genuine.",
        "not_tax": "This is a payment receipt, not a tax invoice.",
        "no_receipt": "There is no receipt behind this link",
        "no_receipt_reason": "Open the whole link once more. A receipt is here as soon as the "
        "payment has reached us. If M-Pesa sent you a message that you paid, keep it, show it to "
        "the business, and do not pay again.",
        "simulated": "Test mode: no real money moves",
    },
    "plain": {
        "no_scripts_form": "This page works without JavaScript: after you press the button, a new "
        "page shows what happened.",
        "no_scripts_wait": "This page looks again by itself every few seconds.",
        "no_scripts_later": "Without JavaScript this page does not change by itself.",
        "look_again": "Look again",
        "offline_form": "Your network or browser blocks this page’s live line, or it is slow. "
        "The form works all the same.",
        "offline_wait": "Your network or browser blocks this page’s live line, or it is slow. "
        "The page looks again by itself every few seconds.",
        "foreign": "This form came from another site, so nothing was sent. Open the payment link "
        "itself and try again.",
    },
    "check": {
        "genuine": {
            "headline": "This receipt is genuine",
            "reason": "{merchant} has received this payment. Compare what stands below with the "
            "receipt that you were shown: where they differ, that receipt was changed.",
        },
        "forged": {
            "headline": "This is no receipt of {merchant}",
            "reason": "Somebody made or changed this code. Do not accept it as proof of payment. "
            "If you paid yourself, open the link of your own receipt again.",
        },
        "not_in_books": {
            "headline": "We cannot find this payment",
            "reason": "The code is ours, but the payment does not stand in the books of "
            "{merchant} as it says. Do not accept it before {merchant} has looked.",
        },
        "refunded": {
            "headline": "This payment was sent back",
            "reason": "The receipt was genuine, but the money went back to the payer. It is no "
            "longer proof of payment.",
        },
    },
    "trouble": {
        "no_page": {
            "headline": "There is nothing at this address",
            "reason": "Open the link that you were sent once more, or ask the business for it. "
            "If you have paid, that stays as it is: this page has nothing to do with it.",
        },
        "away": {
            "headline": "This page cannot be shown right now",
            "reason": "Something on our side does not work; it is not your fault. A prompt that is "
            "on your phone already counts, and what you have paid is not lost. Do not pay "
            "again before you can see this page: look again in a minute.",
        },
    },
    "home": {
        "title": "M-Pesa payments, simulated",
        "lead": "Everything here works as in production, but the money is pretended. Open a "
        "booking, send a prompt, and answer it on the test phone.",
        "steps": "Three steps",
        "own": "Your bookings, newest first",
        "pay_title": "Open a pay link",
        "pay_text": "It is what a customer gets. Type any Kenyan number and send the prompt.",
        "phone_title": "Answer on the test phone",
        "phone_text": "The prompt is there. The PIN is 1234; or cancel, or let it run out.",
        "staff_title": "See it in the staff console",
        "staff_text": "Find the payment, see what happened, ask M-Pesa.",
        "staff_emails": "Sign in as",
        "staff_password": "Password",
        "staff_terminal": "as the terminal printed it at start",
        "copy": "Copy",
        "copied": "Copied",
        "bookings": "Demo bookings",
        "none": "No bookings yet. Create one through the API.",
        "paid_of": "{paid} of {total} paid",
        "open_link": "Open the pay page",
        "api_title": "API docs",
        "api_text": "Create bookings and payments from your own system.",
        "gallery_title": "Gallery",
        "gallery_text": "Every state that a payer can meet, side by side.",
        "gallery_lead": "Fixed examples; nothing here is a real booking.",
        "gallery_states": "The payment card",
        "gallery_receipts": "The receipt",
        "gallery_pages": "Pages of their own",
        "gallery_no_receipt": "A receipt link that does not work",
        "gallery_no_page": "An address with nothing behind it",
        "gallery_forged": "The check of a forged receipt",
        "gallery_paid": "Paid, with its code",
        "gallery_late": "Paid after the booking closed",
        "gallery_refunded": "Sent back",
        "pages_title": "Also here",
        "open": "Open",
        "part_paid": "Part paid",
        "paid": "Paid",
        "closed": "Closed",
    },
}
