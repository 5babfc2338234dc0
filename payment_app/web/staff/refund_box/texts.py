"""Words about money that goes back, as several screens say them."""

from __future__ import annotations

STATUSES: dict[str, tuple[str, str]] = {
    "requested": ("Waits for a second person", "warn"),
    "approved": ("Agreed, being sent", "wait"),
    "submitting": ("Being sent", "wait"),
    "sent": ("Sent, no answer yet", "wait"),
    "rejected": ("Rejected", "plain"),
    "failed": ("Failed", "bad"),
    "external": ("Returned another way", "good"),
    "done": ("Refunded", "good"),
}

WAYS = {
    "reversal": "M-Pesa takes the whole payment back",
    "payout": "paid to the phone",
    "external": "by other means",
}

PANEL = {
    "title": "Refunds",
    "none": "Nothing of this payment went back.",
    "line": "{amount} · {way}",
    "asked": "{who} asked {at}: {reason}",
    "decided": "{who} decided",
    "receipt": "M-Pesa number {receipt}",
    "ask": "Refund",
    "ask_title": "Give money back",
    "left": "{left} of this payment can go back to {phone}.",
    "ways": "All of a payment is reversed by M-Pesa. A part, or what M-Pesa refused to reverse, is "
    "paid to the phone.",
    "limit": "Above {limit} somebody else has to agree before anything is sent.",
    "how": "How much",
    "all": "All that is left: {left}",
    "over": "Only what is too much: {over}",
    "part": "Another amount",
    "amount": "Amount in shillings (for another amount)",
    "reason": "Why",
    "close": "Also cancel the booking, once the money is back",
    "external": "It went back another way already (cash, bank): only write it down",
    "confirm": "Type the amount once more to confirm",
    "confirm_wrong": "The two amounts differ. Nothing was sent.",
    "how_wrong": "Choose how much goes back. Nothing was sent.",
    "send": "Give back",
    "sent": "The refund is on its way to M-Pesa. This page shows how it ends.",
    "asked_for": "Asked for. Somebody else has to agree on the Refunds page; nothing was sent yet.",
    "written": "Written down. Nothing was sent.",
    "again": "Send again",
    "again_title": "Send it again?",
    "again_text": "A new refund of {amount} goes out. M-Pesa said that the first one did not move "
    "any money.",
    "check": "Ask M-Pesa",
    "checked": "M-Pesa was asked. Its answer comes within a minute.",
    "not_checked": "M-Pesa could not be asked now. Nothing was changed; it is asked again later.",
    "list": "All refunds",
    "said": "Safaricom said",
    "means": "What it means",
    "now": "What to do now",
}
