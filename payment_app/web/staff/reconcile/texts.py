"""Words of the reconcile page."""

from __future__ import annotations

RECONCILE = {
    "page_title": "Reconcile",
    "title": "Reconcile",
    "section": "An M-Pesa statement",
    "text": "Compare an M-Pesa statement with the payments here. Export it from the M-Pesa portal "
    "as CSV, XLS or XLSX, in any of its layouts. Nothing is stored and nothing is changed.",
    "file": "Statement file",
    "compare": "Compare",
}

ANSWERS = {
    "busy": "Reading the statement…",
    "failed": "The statement did not get through and nothing was compared. Check the line, then "
    "send it again.",
    "doubts": "Is the file whole?",
    "findings": "What differs",
    "totals": "What the statement holds",
    "skipped": "Lines that were left out",
    "more": "And {number} more.",
    "open": "Open",
    "kind": "Kind",
    "count": "Lines",
    "amount": "KSh",
}

KINDS = {
    "payment": "Payments",
    "charge": "Charges",
    "refund": "Reversals",
    "payout": "Payouts",
    "settlement": "To and from the bank",
    "overdraft": "Overdraft",
    "transfer": "Transfers",
}
