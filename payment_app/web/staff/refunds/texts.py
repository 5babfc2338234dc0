"""Words of the page of refunds."""

from __future__ import annotations

PAGE = {
    "title": "Refunds",
    "page_title": "Refunds · Staff",
    "nothing": "No refund has been asked for yet. Refunds begin on the page of their payment.",
    "waiting": "Waits for a second person",
    "waiting_hint": "Above {limit} somebody other than whoever asked has to agree.",
    "agreed": "Agreed, to be sent",
    "agreed_hint": "They are sent by themselves within a second.",
    "under_way": "Sent, no answer yet",
    "under_way_hint": "M-Pesa is asked by itself. Do not return the money another way now.",
    "gave_up": "Asked for a day, no answer",
    "gave_up_hint": "Look into M-Pesa’s statement: the money may have gone back.",
    "ended": "Ended",
    "ended_hint": "Newest first.",
    "operator_down": "M-Pesa refuses our API operator. No refund is sent for ten minutes, so that "
    "it is not locked. An administrator checks its name, password, role and certificate; "
    "`python -m payment_app doctor` tells which.",
    "balance": "In the M-Pesa account that pays refunds: {held} ({at})",
    "balance_failed": "M-Pesa would not tell the balance ({at}): {desc}",
    "balance_none": "The balance was not asked for yet.",
    "balance_ask": "Ask for the balance",
    "balance_asked": "M-Pesa was asked for the balance; it answers within a minute.",
    "balance_not_asked": "M-Pesa could not be asked: {reason}. Nothing was changed.",
    "agree": "Agree",
    "agree_title": "Agree to this refund?",
    "agree_text": "{amount} goes back to {phone} at once.",
    "password": "Your password",
    "agree_done": "Agreed. The refund is being sent.",
    "reject": "Reject",
    "reject_title": "Reject this refund?",
    "why": "Why",
    "reject_done": "Rejected. Nothing was sent.",
    "open": "Payment {number}",
}

COLUMNS = {
    "age": "Age",
    "amount": "Amount",
    "status": "Status",
    "customer": "Customer",
    "reason": "Why",
    "asked": "Asked by",
    "open": "Open",
    "act": "Decide",
}
