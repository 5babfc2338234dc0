"""What a role may see: the one owner of every mask of the staff console.

Three kinds of data are not for everybody who may read: full phone numbers (and every id or text
that holds one), links with which anybody can act for a customer, and e-mail addresses. Whatever
shows or searches a payment asks the `Sight` of whoever is signed in.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from payment_app.domain.phone import BETWEEN, mask_phone
from payment_app.domain.staff import Permission, Role, may

SHOWN_FIRST = 6
"""Digits of the international form that a mask shows at the beginning: `254712` as `0712`."""
SHOWN_LAST = 3
"""Digits that a mask shows at the end."""

_GAP = f"(?:{BETWEEN}|[+]){{0,3}}"  # a "+" also is a space of an address
_NUMBER = re.compile(
    rf"(?<!\d)(?:\+?(?:00)?254{_GAP}(?:0{_GAP})?|0{_GAP})?[17](?:{_GAP}\d){{8}}(?!\d)"
)
_CHECKOUT_ID = re.compile(r"(?i)\bws_CO_[0-9]{9,200}(?![0-9•])")
_EMAIL = re.compile(r"(?<![\w.+-])([\w.+-])[\w.+-]{0,63}@([\w-]{1,63}(?:\.[\w-]{1,63}){1,6})")
_LINK = re.compile(r"/(pay|receipt)/[A-Za-z0-9_-]{8,200}")
_NATIONAL = 9


@dataclass(frozen=True)
class Sight:
    """What somebody may see beside what everybody who reads payments sees.

    Attributes:
        numbers: full phone numbers, and what holds them.
        links: pay links, with which a prompt can be sent.
        contacts: customers' e-mail addresses.
    """

    numbers: bool = False
    links: bool = False
    contacts: bool = False

    def text(self, written: str) -> str:
        """What a person wrote (a name, a title, a note), without what this sight does not reach."""
        if not self.numbers:
            written = mask_numbers(written)
        if not self.links:
            written = _LINK.sub(r"/\1/…", written)
        return written if self.contacts else _EMAIL.sub(_masked_email, written)

    def email(self, address: str) -> str:
        """A customer's address, `w•••@example.com` where it is not to be seen."""
        return address if self.contacts else _EMAIL.sub(_masked_email, address)

    def link(self, url: str) -> str:
        """A pay link, "" where it is not to be seen."""
        return url if self.links else ""


EVERYTHING = Sight(numbers=True, links=True, contacts=True)
"""Servers with an API key, which are trusted with all of it."""
NOTHING = Sight()


def sight_of(role: Role) -> Sight:
    """What members with this role may see."""
    return Sight(
        numbers=may(role, Permission.REVEAL),
        links=may(role, Permission.BOOK),
        contacts=may(role, Permission.BOOK),
    )


def mask_numbers(text: str, known: Iterable[str] = ()) -> str:
    """A text in which every phone number is masked, also within a CheckoutRequestID.

    Args:
        known: numbers (`2547…`) that are masked wherever their last nine digits stand, as in an
            id of a form that nobody has seen yet.
    """
    masked = _NUMBER.sub(_masked_number, _CHECKOUT_ID.sub(_masked_id, text))
    for number in known:
        national = number[-_NATIONAL:]
        if len(national) == _NATIONAL:
            masked = masked.replace(national, f"•••{national[-SHOWN_LAST:]}")
    return masked


def mask_facts(value: object) -> object:
    """Facts for a log (texts, numbers, lists and mappings), every phone number in them masked."""
    if isinstance(value, Mapping):
        return {name: mask_facts(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [mask_facts(each) for each in value]
    if isinstance(value, bool) or value is None:
        return value
    text = str(value)
    masked = mask_numbers(text)
    return value if masked == text else masked


def holds_number(text: str) -> bool:
    """Whether a phone number, or an id that ends with one, stands in the text."""
    return bool(_NUMBER.search(text) or _CHECKOUT_ID.search(text))


def _masked_number(found: re.Match[str]) -> str:
    digits = re.sub(r"\D", "", found.group())
    return mask_phone(f"254{digits[-_NATIONAL:]}")


def _masked_id(found: re.Match[str]) -> str:
    whole = found.group()
    return f"{whole[:-_NATIONAL]}•••{whole[-SHOWN_LAST:]}"


def _masked_email(found: re.Match[str]) -> str:
    return f"{found[1]}•••@{found[2]}"
