"""Words of one payment's page: why it needs somebody, what happened, what each witness said."""

from __future__ import annotations

PAYMENT = {
    "page_title": "{amount} · {reference} · Staff",
    "title_missing": "Payment not found",
    "missing": "There is no payment with this number. It may have been typed wrongly.",
    "back": "All payments",
    "heading": "Payment {number}",
    "customer": "Customer",
    "phone": "Phone",
    "booking": "Booking",
    "receipt": "M-Pesa receipt",
    "no_receipt": "none",
    "receipt_coming": "on its way",
    "started": "Started",
    "ended": "Ended",
    "paid_at": "Paid",
    "transaction": "Our number",
    "checkout_id": "CheckoutRequestID",
    "merchant_id": "MerchantRequestID",
    "channel": "Channel",
    "facts": "Facts",
    "money": "The booking’s money",
    "due": "Still due",
    "price": "Price",
    "paid": "Paid",
    "refunded": "Refunded",
    "attempts": "Attempts of this booking",
    "this_one": "this one",
    "timeline": "What happened",
    "evidence": "What each witness said",
    "nothing_said": "Nothing yet",
    "notes": "Notes",
    "note_new": "Write a note",
    "note_label": "What you found, or what was agreed",
    "note_add": "Add note",
    "note_added": "Your note was added.",
    "no_notes": "No notes yet.",
    "check": "Check with Safaricom",
    "send_again": "Send a new prompt",
    "send_confirm": "A prompt for {due} goes to {phone}. The customer is charged only if they "
    "enter their PIN.",
    "send_title": "Send a new prompt?",
    "sent": "The prompt was sent. This page now shows the new attempt.",
    "reveal": "Show full number",
    "revealed": "Full number shown; this is in the activity log.",
    "raw": "Raw callbacks",
    "raw_none": "No callback has come for this payment.",
    "raw_forgotten": "This body was dropped after 90 days; its hash is kept.",
    "raw_reveal": "Show with phone numbers",
    "raw_line": "{at} · {said}",
    "raw_copies": "came {number} times",
    "safaricom_said": "Safaricom said",
    "it_means": "What it means",
    "do_now": "What to do now",
    "paid_otherwise": "Nothing: the booking was paid by another payment.",
    "ended_line": "{status}: {words}",
    "who": "{actor} · {source}",
    "repeats": "{number} times since {since}",
    "from_to": "{before} → {after}",
    "checked_answered": "Safaricom answered; its answer is in the timeline.",
    "checked_still_open": "Safaricom is still working on it: the customer may not have entered "
    "the PIN yet.",
    "checked_refused": "The question was refused, so nothing is known and nothing was changed. "
    "The home page says why, as long as it stands.",
    "checked_no_answer": "Safaricom did not answer. Nothing was changed; try again in a minute.",
}

EVENTS = {
    "created": "Prompt requested",
    "submitting": "Being sent to M-Pesa",
    "push_accepted": "Accepted by M-Pesa: the prompt is on its way. Accepted is not paid",
    "push_refused": "M-Pesa refused to send the prompt",
    "push_unknown": "M-Pesa’s answer was lost: a prompt may be on the phone",
    "callback_result": "Callback from M-Pesa",
    "query_result": "M-Pesa answered our question",
    "query_confirmed": "M-Pesa confirmed it when asked",
    "case_opened": "Marked for a check",
    "ids_learned": "M-Pesa named its ids",
    "history_sealed": "Sealed as it was found",
    "completed": "Paid",
    "gave_up": "Stopped asking",
    "never_sent": "The prompt was never sent",
    "push_lost": "The process that was sending the prompt stopped",
    "refund_requested": "Refund asked for",
    "refund_approved": "Refund agreed to",
    "refund_rejected": "Refund rejected",
    "refund_external": "Returned another way",
    "refund_submitting": "Refund being sent to M-Pesa",
    "refund_sent": "M-Pesa took the refund: taken is not returned",
    "refund_known": "M-Pesa has this refund already",
    "refund_unclear": "Not known yet what became of the refund",
    "refund_sent_again": "The same refund was sent once more",
    "refund_result": "M-Pesa’s result of the refund",
    "refund_status": "M-Pesa answered our question about the refund",
    "refund_failed": "The refund did not go out",
    "window_over": "The prompt ran out without an answer",
    "prompt_window_over": "Made way for a new prompt",
}
"""Event kind → plain words; a kind without an entry shows its own words."""

SOURCES = {
    "checkout": "",
    "daraja": "M-Pesa",
    "callback": "callback",
    "query": "query",
    "reconciler": "",
    "statement": "statement",
    "result": "result",
    "staff": "staff",
    "operator": "operator",
}

ACTORS = {
    "customer": "Payer",
    "api": "API",
    "daraja": "M-Pesa",
    "system": "This app",
    "operator": "Operator",
    "demo": "Demo",
}

WITNESSES = {"callback": "Callback", "query": "Query", "statement": "Statement", "staff": "Staff"}

BANNERS = {
    "case": ("{words}", "Read the evidence below, then write what you found."),
    "unknown": (
        "We do not know whether the prompt reached the phone.",
        "Check with Safaricom. Do not ask the customer to pay again before that.",
    ),
    "waiting": (
        "The prompt is on the phone and the customer has not answered yet.",
        "Nothing to do: prompts end by themselves after about two minutes.",
    ),
    "waiting_long": (
        "No answer from M-Pesa for {age}.",
        "Check with Safaricom: its callback may be lost.",
    ),
    "sending": ("The prompt is being sent.", "Nothing to do."),
    "no_receipt": (
        "Paid, but the M-Pesa receipt number has not come yet.",
        "Nothing to do: it is filled in by itself, or a case opens.",
    ),
}
"""Why a person may have opened this page, and the one right thing to do."""
