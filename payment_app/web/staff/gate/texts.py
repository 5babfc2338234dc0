"""Words of the gate page."""

from __future__ import annotations

GATE = {
    "title": "Gate",
    "page_title": "Gate · Staff",
    "lead": "Scan the QR code of a receipt, or paste its code. Compare what appears here with what "
    "the guest says.",
    "code": "Code of the receipt",
    "check": "Check",
    "scan": "Scan with the camera",
    "stop": "Stop the camera",
    "no_camera": "The camera cannot be used here. Paste or type the code instead.",
    "let_in": "Let in",
    "result": "What this receipt is",
}

VERDICTS = {
    "genuine": (
        "Genuine, and paid in full",
        "This booking was not let in before.",
        "good",
    ),
    "part": (
        "Genuine, but {due} is still to pay",
        "Only a part of the booking is paid. This booking was not let in before.",
        "warn",
    ),
    "forged": (
        "Not a receipt of ours",
        "Somebody made or changed this code. Do not let in on it: ask for the M-Pesa message, and "
        "look that up in the payments.",
        "bad",
    ),
    "no_code": (
        "This is no receipt code",
        "The code stands below the QR picture of our receipt. Do not let in on anything else: look "
        "up an M-Pesa receipt number in the payments.",
        "warn",
    ),
    "not_in_books": (
        "Not in our books",
        "The code is ours, but the books hold no such payment. Do not let in before somebody has "
        "looked.",
        "bad",
    ),
    "refunded": (
        "The money was sent back",
        "This receipt is no longer proof of payment. Do not let in on it.",
        "bad",
    ),
    "already": (
        "Already let in at {time}",
        "By {who}. This is the same receipt again, or a copy of it.",
        "bad",
    ),
    "entered": ("Let in at {time}", "The next guest may show a receipt.", "good"),
}
"""Headline, reason and tone of each result."""

FACTS = {
    "booking": "Booking",
    "amount": "Amount paid",
    "receipt": "M-Pesa receipt",
    "paid_at": "Time",
    "refunded": "Sent back of it",
}
