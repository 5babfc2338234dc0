"""The shape of a language: a missing key is a type error and fails a test."""

from __future__ import annotations

from typing import TypedDict


class Said(TypedDict):
    """What the card says in one state: one line, then why, whether money moved and what to do."""

    headline: str
    reason: str


class Screens(TypedDict):
    """One entry for every screen that is not a failure."""

    ready: Said
    sending: Said
    prompt_sent: Said
    still_waiting: Said
    not_known: Said
    paid: Said
    paid_without_receipt: Said
    part_paid: Said
    overpaid: Said
    already_paid: Said
    closed: Said
    paid_after_close: Said
    outage: Said
    not_found: Said


class Reasons(TypedDict):
    """One entry for every way in which a prompt ends without money."""

    cancelled: Said
    wrong_pin: Said
    low_balance: Said
    busy: Said
    unreachable: Said
    expired: Said
    limit_transaction: Said
    limit_daily: Said
    limit_account: Said
    amount: Said
    too_soon: Said
    system_busy: Said
    prompt_failed: Said
    pin_locked: Said
    setup: Said
    other: Said
    rejected: Said
    unknown_expired: Said


class Notices(TypedDict):
    """Why a click on the button sent nothing, keyed by the refusal's code."""

    invalid_phone_number: str
    wrong_amount: str
    invalid_amount: str
    too_many_prompts: str
    too_soon: str
    booking_paid: str
    booking_closed: str
    payment_in_progress: str
    mpesa_unavailable: str
    reconciling: str
    too_busy: str
    refused_by_mpesa: str
    other: str


class Hint(TypedDict):
    """A question a waiting payer has, and its answer."""

    question: str
    answer: str


class Pay(TypedDict):
    """Words of the pay page that are made on the server."""

    title_open: str
    title_state: str
    title_paid: str
    pay: str
    pay_any: str
    pay_rest: str
    send_again: str
    try_again: str
    wait: str
    wait_reason: str
    wait_unknown: str
    usual: str
    due: str
    left: str
    in_prompt: str
    paid: str
    reference: str
    total: str
    paid_so_far: str
    went_back: str
    still_due: str
    amount_hint: str
    progress: str
    steps: list[str]
    wrong_number: Hint
    no_prompt: Hint
    menu_paybill: str
    menu_till: str
    paybill: str
    till: str
    account: str
    manual_amount: str
    manual_note: str
    help: str
    minutes: str
    seconds: str


class Ui(TypedDict):
    """Fixed words of the pages: labels, buttons, small print."""

    loading: str
    phone_label: str
    phone_hint: str
    sending: str
    amount_label: str
    pin_note: str
    another_number: str
    another_free: str
    menu_instead: str
    steps_label: str
    details: str
    receipt_number: str
    receipt_coming: str
    paid_at: str
    view_receipt: str
    copy: str
    copied: str
    copy_amount: str
    help: str
    call: str
    whatsapp: str
    language: str
    reconnecting: str
    back_to_payment: str
    receipt: str
    receipt_title: str
    received_from: str
    amount_paid: str
    refunded: str
    booking_total: str
    booking_paid: str
    booking_due: str
    after_close: str
    after_close_reason: str
    print: str
    pdf: str
    sms: str
    calendar: str
    share: str
    share_text: str
    check_alt: str
    check_hint: str
    not_tax: str
    no_receipt: str
    no_receipt_reason: str
    simulated: str


class Plain(TypedDict):
    """Words of the page that the server sends, for as long as no script or live line takes over."""

    no_scripts_form: str
    no_scripts_wait: str
    no_scripts_later: str
    look_again: str
    offline_form: str
    offline_wait: str
    foreign: str


class Check(TypedDict):
    """The public check of a receipt, one entry for each verdict."""

    genuine: Said
    forged: Said
    not_in_books: Said
    refunded: Said


class Trouble(TypedDict):
    """Pages for whoever gets no page. Their reader may have paid: none says that no money moved."""

    no_page: Said
    away: Said


class Home(TypedDict):
    """The simulator's start page and gallery, for developers."""

    title: str
    lead: str
    steps: str
    own: str
    pay_title: str
    pay_text: str
    staff_title: str
    staff_text: str
    staff_emails: str
    staff_password: str
    staff_terminal: str
    copy: str
    copied: str
    bookings: str
    none: str
    paid_of: str
    open_link: str
    phone_title: str
    phone_text: str
    api_title: str
    api_text: str
    gallery_title: str
    gallery_text: str
    gallery_lead: str
    gallery_states: str
    gallery_receipts: str
    gallery_pages: str
    gallery_no_receipt: str
    gallery_no_page: str
    gallery_forged: str
    gallery_paid: str
    gallery_late: str
    gallery_refunded: str
    pages_title: str
    open: str
    part_paid: str
    paid: str
    closed: str


class Texts(TypedDict):
    """All words of one language."""

    code: str
    name: str
    months: list[str]
    screens: Screens
    reasons: Reasons
    notices: Notices
    pay: Pay
    ui: Ui
    plain: Plain
    check: Check
    trouble: Trouble
    home: Home
