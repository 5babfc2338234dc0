"""The part of the pay page around the action card: who asks for how much, and what for."""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import quote

from payment_app.domain.errors import BadInput
from payment_app.domain.phone import normalise_phone
from payment_app.services.pay_pages.view import PayView, Screen
from payment_app.web.fact import Fact
from payment_app.web.payer.formats import ksh
from payment_app.web.texts.shape import Texts

SETTLED = frozenset({Screen.PAID, Screen.OVERPAID, Screen.ALREADY_PAID, Screen.PAID_AFTER_CLOSE})
_ON_THE_PHONE = frozenset(
    {Screen.SENDING, Screen.PROMPT_SENT, Screen.STILL_WAITING, Screen.NOT_KNOWN}
)


@dataclass(frozen=True)
class Bill:
    """Header, amount, details and help line.

    `amount_plain` is what a tap on the amount copies; `back` says what was refunded, if anything.
    """

    merchant: str = ""
    initial: str = ""
    title: str = ""
    about: list[Fact] = field(default_factory=list)
    rows: list[Fact] = field(default_factory=list)
    amount_label: str = ""
    amount: str = ""
    amount_plain: str = ""
    back: str = ""
    call_href: str = ""
    whatsapp_href: str = ""


def show_bill(view: PayView, words: Texts, merchant_phone: str) -> Bill:
    """The bill of a booking.

    The amount is what the payer may be looking at on the phone, else what is left, or the total
    once that is nothing.
    """
    amount = _amount(view)
    call, whatsapp = help_links(view.reference, merchant_phone, words)
    return Bill(
        merchant=view.merchant,
        initial=view.merchant.strip()[:1].upper(),
        title=view.title,
        about=[Fact(label, value) for label, value in view.details],
        rows=_rows(view, words),
        amount_label=_amount_label(view, words),
        amount=ksh(amount),
        amount_plain=str(amount),
        back=words["pay"]["went_back"].format(amount=ksh(view.amount_back))
        if view.amount_back
        else "",
        call_href=call,
        whatsapp_href=whatsapp,
    )


def help_links(reference: str, phone: str, words: Texts) -> tuple[str, str]:
    """Where the help line leads: a call and, for a mobile number, a WhatsApp message."""
    if not phone.strip():
        return "", ""
    try:
        number = normalise_phone(phone)
    except BadInput:
        return f"tel:{quote(phone.replace(' ', ''), safe='+')}", ""
    if not reference:
        return f"tel:+{number}", f"https://wa.me/{number}"
    text = quote(words["pay"]["help"].format(reference=reference))
    return f"tel:+{number}", f"https://wa.me/{number}?text={text}"


def _amount(view: PayView) -> int:
    if view.screen in SETTLED:
        return view.amount_paid
    if _is_part(view):
        return view.attempt_amount
    return view.amount_total if view.screen is Screen.CLOSED else view.amount_due


def _amount_label(view: PayView, words: Texts) -> str:
    pay = words["pay"]
    if view.screen in SETTLED:
        return pay["paid"]
    if view.screen is Screen.CLOSED:
        return pay["total"]
    if _is_part(view):
        return pay["in_prompt"]
    return pay["left"] if view.amount_paid else pay["due"]


def _is_part(view: PayView) -> bool:
    """Whether a prompt for another amount than all that is due is open."""
    other = view.attempt_amount not in (0, view.amount_due)
    return view.screen in _ON_THE_PHONE and other


def _rows(view: PayView, words: Texts) -> list[Fact]:
    pay = words["pay"]
    rows = [Fact(pay["reference"], view.reference), Fact(pay["total"], ksh(view.amount_total))]
    if view.amount_paid:
        rows.append(Fact(pay["paid_so_far"], ksh(view.amount_paid)))
        rows.append(Fact(pay["still_due"], ksh(view.amount_due)))
    return rows
