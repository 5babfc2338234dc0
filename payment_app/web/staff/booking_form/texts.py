"""Words of the fields of a booking."""

from __future__ import annotations

FORM = {
    "reference": "Reference (empty: made for you)",
    "title": "What for",
    "amount": "Amount in whole shillings",
    "customer_name": "Customer’s name",
    "phone_number": "Customer’s phone",
    "email": "Email (optional)",
    "details": "Details, one a line, as “Unit: B12”",
    "expires_on": "Last day to pay (optional)",
    "allow_instalments": "May be paid in parts",
    "make": "Make booking",
    "save": "Save changes",
}
