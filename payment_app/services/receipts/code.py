"""The code of a receipt: what it says, signed, so that a changed paper is seen through.

    BK7F2QX9.2500.SKJ7RT61SV.202611230900.94931c0a.N4QX2ZJ7PA5TGQ6E

Booking, whole shillings, M-Pesa's number, the minute of payment in UTC, the name of the key, and 80
bits of an HMAC over all before it. Nothing of it is personal; no database is needed to check it.
"""

from __future__ import annotations

import base64
import hmac
import re
from dataclasses import dataclass
from datetime import UTC, datetime

from payment_app.services.shared.keys.seals import Keyring

_LABEL = b"receipt code 1\n"
_MAC_BYTES = 10
_MINUTE = "%Y%m%d%H%M"
_SHAPE = re.compile(
    r"([A-Za-z0-9]{1,12})\.([1-9][0-9]{0,8})\.([A-Z0-9]{1,20})\.([0-9]{12})\.([0-9a-f]{8})\.([A-Z2-7]{16})"
)
_LONGEST = 300


@dataclass(frozen=True)
class ReceiptFacts:
    """What a receipt's code says.

    Attributes:
        reference: of the booking.
        amount: whole shillings.
        receipt_number: M-Pesa's.
        paid_at: UTC, to the minute.
    """

    reference: str
    amount: int
    receipt_number: str
    paid_at: datetime


class ReceiptCodes:
    """Makes and reads codes: the newest key signs, the older ones still check."""

    def __init__(self, keyring: Keyring) -> None:
        self._keys = keyring

    def sign(self, facts: ReceiptFacts) -> str:
        """The code of a receipt; "" for what a code cannot say, such as a number on its way."""
        minute = facts.paid_at.astimezone(UTC).strftime(_MINUTE)
        said = f"{facts.reference}.{facts.amount}.{facts.receipt_number}.{minute}"
        code = self._signed(f"{said}.{self._keys.current}", self._keys.current)
        return code if _SHAPE.fullmatch(code) else ""

    def read(self, text: str) -> ReceiptFacts | None:
        """What a code says; `None` when we did not sign just this.

        Args:
            text: the code, or the address of its check page, as scanned or typed.
        """
        found = _SHAPE.fullmatch(bare_code(text))
        if found is None or found.group(5) not in self._keys:
            return None
        said, _, _ = found.group(0).rpartition(".")
        if not hmac.compare_digest(self._signed(said, found.group(5)), found.group(0)):
            return None
        reference, amount, number, minute = found.groups()[:4]
        paid_at = datetime.strptime(minute, _MINUTE).replace(tzinfo=UTC)
        return ReceiptFacts(reference, int(amount), number, paid_at)

    def _signed(self, said: str, key: str) -> str:
        digest = bytes.fromhex(self._keys.mac(key, _LABEL, said.encode()))
        return f"{said}.{base64.b32encode(digest[:_MAC_BYTES]).decode()}"


def looks_like_code(text: str) -> bool:
    """Whether this has the shape of a code, signed by us or not."""
    return _SHAPE.fullmatch(bare_code(text)) is not None


def bare_code(text: str) -> str:
    """The code in what was scanned or typed: spaces and the address around it go."""
    if len(text) > _LONGEST:
        return ""
    return "".join(text.split()).partition("?")[0].rstrip("/").rpartition("/")[2]
