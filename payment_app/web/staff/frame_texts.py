"""Words that every staff page shares."""

from __future__ import annotations

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
    "reconnecting": "Reconnecting: this list may be out of date",
    "not_allowed": "Your role ({role}) does not allow this. Nothing was changed.",
    "database_away": "The database does not answer right now. Nothing was changed: "
    "try again in a moment.",
    "unforeseen": "The server could not finish this. Load the page again to see how things stand "
    "before you repeat it.",
    "keys_title": "Keyboard",
}

KEYS = [
    ("/", "search"),
    ("j  k", "next and previous row"),
    ("Enter", "open the row"),
    ("x", "select the row"),
    ("f", "filters"),
    ("e", "export"),
    ("c", "check with Safaricom"),
    ("n", "write a note"),
    ("g p", "go to payments"),
    ("g w", "go to waiting"),
    ("g b", "go to bookings"),
    ("g h", "go to home"),
    ("?", "this list"),
    ("Esc", "close"),
]

NAVIGATION = [
    ("home", "Home", "/staff"),
    ("payments", "Payments", "/staff/payments"),
    ("waiting", "Waiting", "/staff/waiting"),
    ("bookings", "Bookings", "/staff/bookings"),
    ("settings", "Settings", "/staff/settings"),
    ("activity", "Activity", "/staff/activity"),
]

ROLES = {"viewer": "Viewer", "cashier": "Cashier", "finance": "Finance", "admin": "Admin"}
