"""Words of the page of what waits."""

from __future__ import annotations

WAITING = {
    "title": "Waiting",
    "page_title": "Waiting · Staff",
    "nothing": "Nothing is waiting. ✓",
    "person": "Needs a person",
    "person_none": "Nothing needs a person. ✓",
    "person_hint": "A contradiction that no rule may decide: open it, look, and settle it.",
    "second": "Refunds that need a person",
    "second_none": "No refund waits for a second person. ✓",
    "second_hint": "Somebody other than whoever asked agrees, or looks into M-Pesa’s statement.",
    "answer": "Sent, no answer yet",
    "answer_none": "Every prompt older than two minutes has its answer. ✓",
    "answer_hint": "M-Pesa is asked again and again by itself; nobody needs to do anything.",
    "receipt": "Paid, receipt on its way",
    "receipt_none": "Every payment has its receipt number. ✓",
    "receipt_hint": "The number comes with M-Pesa’s callback; after 30 minutes a case opens.",
    "more": "The oldest {shown} of {number} are shown.",
    "capped": "{number}+",
    "since": "since {time}",
}

COLUMNS = {
    "age": "Age",
    "what": "What",
    "amount": "Amount",
    "booking": "Booking",
    "customer": "Customer",
    "open": "Open",
}

OPEN = {
    "payment": "Payment {number}",
    "booking": "Booking {number}",
    "refunds": "Refunds",
}
