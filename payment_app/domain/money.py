"""Money is `Decimal` whole Kenyan shillings; M-Pesa takes no cents."""

from __future__ import annotations

import re
from decimal import Decimal

from payment_app.domain.errors import BadInput

MAX_PER_TRANSACTION = Decimal(250_000)
"""Shillings; the most M-Pesa moves in one transaction (Daraja FAQ)."""

MAX_AMOUNT = Decimal(99_999_999)
"""Shillings; what NUMERIC(10,2) holds in whole shillings."""

_ABSURD = 10**15
# "1,5" is refused: half the world means one and a half, and nobody means fifteen.
_WRITTEN = re.compile(r"([0-9]{1,15}|[0-9]{1,3}(,[0-9]{3}){1,4})(\.[0-9]{1,10})?")


def shillings(value: object, *, most: Decimal = MAX_AMOUNT) -> Decimal:
    """Read a whole, positive number of shillings from JSON, a form or the database.

    Raises:
        BadInput: `invalid_amount`, when it is not a whole number from 1 to `most`.
    """
    number = _decimal(value)
    if number is None or number != number.to_integral_value() or not 1 <= number <= most:
        raise BadInput(
            "invalid_amount",
            f"The amount must be a whole number of shillings from 1 to {most:,}.",
        )
    return Decimal(int(number))


def format_ksh(amount: Decimal) -> str:
    """`KSh 2,500`: thousands separators, whole shillings, as the pages show money."""
    return f"KSh {amount.to_integral_value():,}"


def _decimal(value: object) -> Decimal | None:
    if isinstance(value, str):
        text = value.strip()
        return Decimal(text.replace(",", "")) if _WRITTEN.fullmatch(text) else None
    if isinstance(value, bool) or not isinstance(value, int | Decimal | float):
        return None
    try:
        return Decimal(str(value)) if -_ABSURD < value < _ABSURD else None
    except ArithmeticError:  # a Decimal that is no number, or beyond all bounds
        return None
