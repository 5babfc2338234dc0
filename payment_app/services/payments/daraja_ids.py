"""Daraja's two ids of a payment: learned once, from whoever tells them first, never replaced."""

from __future__ import annotations

from sqlalchemy import bindparam, select

from payment_app.storage.dialect import table_of
from payment_app.storage.rows import Rows
from payment_app.storage.tables import Payment

_LONGEST = 100
"""Width of the columns."""

_payment = table_of(Payment).c
_HOLDER = select(_payment.payment_id).where(_payment.checkout_request_id == bindparam("id"))


def learn(rows: Rows, payment: Payment, checkout_id: str, merchant_id: str | None) -> bool:
    """Keep the ids of `payment`; whether they can be its own.

    They cannot where the payment holds another CheckoutRequestID, or another payment holds this
    one; then nothing changes. The caller holds the payment's lock and has compared the
    MerchantRequestID, of which several may be told; the first one stays.
    """
    if payment.checkout_request_id not in (None, checkout_id) or len(checkout_id) > _LONGEST:
        return False
    if payment.checkout_request_id is None:
        holder = rows.execute(_HOLDER, {"id": checkout_id})
        if holder.first() is not None:
            return False
        payment.checkout_request_id = checkout_id
    if payment.merchant_request_id is None and merchant_id:
        payment.merchant_request_id = merchant_id[:_LONGEST]
    return True
