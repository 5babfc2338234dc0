"""Whether orders may be sent: two refusals of our operator in ten minutes stop further ones.

A right password is now and then refused once; the third wrong one locks the operator at M-Pesa.
Source: integrators' reports. Any order that the operator was let through with ends the count.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlmodel import col

from payment_app.daraja import OrderKind, order_code
from payment_app.storage.refund_tables import OperatorOrder

MOST = 2
WITHIN = timedelta(minutes=10)
_LOOKED_AT = 20


def newest_answers(now: datetime) -> Any:
    """The statement for what orders of the last minutes were answered, newest first."""
    return (
        select(col(OperatorOrder.result_code))
        .where(
            col(OperatorOrder.answered_at) > now - WITHIN,
            col(OperatorOrder.result_code).is_not(None),
        )
        .order_by(col(OperatorOrder.answered_at).desc(), col(OperatorOrder.order_id).desc())
        .limit(_LOOKED_AT)
    )


def is_down(codes: list[str]) -> bool:
    """Whether the newest `MOST` answers in a row, newest first, were refusals of the operator."""
    newest = codes[:MOST]
    refusals = [code for code in newest if order_code(code).kind is OrderKind.OPERATOR]
    return len(refusals) == MOST
