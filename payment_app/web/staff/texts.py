"""Words that every staff page shares."""

from __future__ import annotations

from payment_app.web.texts import words

FRAME = {
    "console": "Staff",
    "skip": "Skip to the content",
    "menu": "Menu",
    "search": "Search payments",
    "search_hint": "Phone, receipt, booking, name or amount",
    "sign_out": "Sign out",
    "account": "My account",
    "test": "TEST",
    "test_title": "Payments are pretended: no money moves",
    "live": "LIVE",
    "live_title": "Real money moves",
    "loading": "Loading",
    "dismiss": "Dismiss",
    "copy": "Copy",
    "copied": "Copied",
    "copy_pay_link": "Copy pay link",
    "open_pay_page": "Open pay page",
    "reconnecting": "Reconnecting: this list may be out of date",
    "not_allowed": "Your role ({role}) does not allow this. Nothing was changed.",
    "database_away": "The database does not answer right now. Nothing was changed: "
    "try again in a moment.",
    "nothing_here": "There is nothing at this address. Nothing was changed.",
    "trouble_since": "{sentence} (since {time})",
    "unforeseen": "The server could not finish this. Load the page again to see how things stand "
    "before you repeat it.",
    "keys_title": "Keyboard",
    "keys_short": "?",
    "go_to": "go to {place}",
}

DOWNLOADS = {
    "begun": "Your export is being written. You may go on working meanwhile.",
    "coming": "{name}: {size} so far",
    "done": "{name}: {size}, saved",
    "failed": "The export did not finish. Nothing was changed: start it again. {why}",
    "cancel": "Stop",
    "dismiss": "Dismiss",
}
"""How far a file is, by its state."""

KEYS = [
    ("Ctrl K", "find anything, or do it"),
    ("/", "search"),
    ("j  k", "next and previous row"),
    ("Enter", "open the row"),
    ("x", "select the row"),
    ("f", "filters"),
    ("e", "export"),
    ("c", "check with Safaricom"),
    ("n", "write a note"),
    ("?", "this list"),
    ("Esc", "close"),
]

REFUSED = {"invalid_phone_number": words("en")["notices"]["invalid_phone_number"]}
"""What a refusal says on a page where its own sentence is too short: the payer's words."""

FIELDS_REFUSED = {
    "duplicate_reference": "reference",
    "invalid_expires_at": "expires_on",
    "amount_below_paid": "amount",
}
"""Field of a form that a refusal is about, where its code does not end in its name."""

ROLES = {"viewer": "Viewer", "cashier": "Cashier", "finance": "Finance", "admin": "Admin"}

STATUSES = {
    "created": ("Being sent", "wait"),
    "submitting": ("Being sent", "wait"),
    "unknown": ("Waiting, not confirmed", "wait"),
    "pending": ("Waiting for PIN", "wait"),
    "rejected": ("Not sent", "bad"),
    "expired": ("Expired", "bad"),
    "failed": ("Failed", "bad"),
    "cancelled": ("Cancelled", "bad"),
    "completed": ("Paid", "good"),
    "refunded": ("Refunded", "plain"),
}
"""Status word of the contract → the word on screen, and its tone."""

BOOKING_STATUSES = {
    "open": ("Open", "plain"),
    "part_paid": ("Part paid", "wait"),
    "paid": ("Paid", "good"),
    "closed": ("Closed", "warn"),
}
"""Status word of a booking → the word on screen, and its tone."""

CHANNELS = {"": "Any channel", "mpesa": "M-Pesa prompt", "paybill": "Paybill", "manual": "By hand"}

UNITS = ("s", "min", "h", "d")
"""Ages: seconds, minutes, hours, days."""
