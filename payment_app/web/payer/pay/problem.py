"""Why a click sent nothing: from a refusal to the words beside the field or on the card."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from payment_app.domain.errors import Refusal, RefusedByMpesa, TooMany
from payment_app.domain.phone import mask_phone, normalise_phone
from payment_app.web.payer.formats import waiting_time
from payment_app.web.texts.shape import Said, Texts

_AT_AMOUNT = frozenset({"invalid_amount", "wrong_amount"})
_OF_ONE_PHONE = frozenset({"too_soon"})
_SHOWN_BY_THE_CARD = frozenset({"booking_paid", "booking_closed"})


@dataclass(frozen=True)
class Problem:
    """One message and its place; at most one of the three is not empty.

    Attributes:
        phone, amount: beside that field.
        notice: on the card.
        wait: seconds until the button may be used again.
        wait_phone: the masked phone that this is for; empty: it is for every phone.
    """

    phone: str = ""
    amount: str = ""
    notice: str = ""
    wait: int = 0
    wait_phone: str = ""


def problem_of(refusal: Refusal, words: Texts, phone: str = "") -> Problem:
    """Where and how to say a refusal; the re-read card itself says that a booking is settled.

    Args:
        phone: as it was typed.
    """
    if refusal.code in _SHOWN_BY_THE_CARD:
        return Problem()
    text = _text(refusal, words)
    if refusal.code == "invalid_phone_number":
        return Problem(phone=text)
    if refusal.code in _AT_AMOUNT:
        return Problem(amount=text)
    if not isinstance(refusal, TooMany):
        return Problem(notice=text)
    one = refusal.code in _OF_ONE_PHONE and phone
    waits = mask_phone(normalise_phone(phone)) if one else ""
    return Problem(notice=text, wait=refusal.retry_after, wait_phone=waits)


def unexpected_problem(words: Texts) -> Problem:
    """What to say when our own code broke: nothing is certain."""
    return Problem(notice=words["notices"]["other"])


def _text(refusal: Refusal, words: Texts) -> str:
    if isinstance(refusal, RefusedByMpesa):
        return _rejection(refusal, words)
    notices = cast("dict[str, str]", words["notices"])
    text = notices.get(refusal.code, words["notices"]["other"])
    wait = refusal.retry_after if isinstance(refusal, TooMany) else 0
    return text.format(wait=waiting_time(wait, words))


def _rejection(refusal: RefusedByMpesa, words: Texts) -> str:
    """The words of its reason, as on the card, where they need no names filled in."""
    said = cast("dict[str, Said]", words["reasons"]).get(refusal.reason)
    if said is None or "{" in said["reason"] or "{" in said["headline"]:
        return words["notices"]["refused_by_mpesa"]
    return f"{said['headline']}. {said['reason']}"
