"""POST /api/payments/{payment_id}/refunds and GET /api/refunds/{refund_id}."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field

from payment_app.api.access import ApiKey, Services
from payment_app.api.bookings import MAX_ID
from payment_app.api.idempotent_route import once
from payment_app.api.schemas import ErrorOut, Money, Text, Whole
from payment_app.domain.errors import NotFound
from payment_app.services.refunds.requests import LONGEST_REASON, Wish
from payment_app.services.shared.policy import API_KEY, declares
from payment_app.storage.refund_tables import Refund

router = APIRouter(prefix="/api", tags=["refunds"], responses={422: {"model": ErrorOut}})


class RefundIn(BaseModel):
    """Money of one payment to go back."""

    amount: Money | None = Field(None, description="whole shillings; all that is left when absent")
    reason: Annotated[Text, Field(min_length=3, max_length=LONGEST_REASON)]


class RefundOut(BaseModel):
    """A refund; `status` is requested, approved, submitting, sent, rejected, failed, external or
    done, and only `done` and `external` mean that the money is back."""

    refund_id: int
    payment_id: int
    booking_id: int
    status: str
    way: str
    amount: Whole
    reason: str
    phone_number: str
    mpesa_receipt_number: str | None
    result_code: str | None
    result_desc: str | None
    requested_by: str
    requested_at: datetime
    decided_by: str | None
    submitted_at: datetime | None
    settled_at: datetime | None

    @classmethod
    def of(cls, refund: Refund) -> RefundOut:
        """From its row."""
        own: dict[str, Any] = {
            name: getattr(refund, name) for name in cls.model_fields if hasattr(refund, name)
        }
        return cls(mpesa_receipt_number=refund.receipt, **own)


@router.post(
    "/payments/{payment_id}/refunds",
    status_code=202,
    response_model=RefundOut,
    responses={404: {"model": ErrorOut}, 409: {"model": ErrorOut}},
)
@declares(API_KEY)
async def ask_for_refund(
    payment_id: int, wish: RefundIn, request: Request, services: Services, key: ApiKey
) -> JSONResponse:
    """Ask for a refund. Up to the limit it is sent at once; above it a member has to agree."""
    _check_id(payment_id, "payment")

    async def work() -> tuple[int, dict[str, Any]]:
        amount = None if wish.amount is None else Decimal(wish.amount)
        asked = await services.refunds.ask_by_key(Wish(payment_id, amount, wish.reason))
        refund = await services.refund_views.get(asked.refund_id)
        return 202, RefundOut.of(refund).model_dump(mode="json")

    return await once(request, services, key, work)


@router.get("/refunds/{refund_id}", responses={404: {"model": ErrorOut}})
@declares(API_KEY)
async def get_refund(refund_id: int, services: Services, _: ApiKey) -> RefundOut:
    """One refund as it stands."""
    _check_id(refund_id, "refund")
    return RefundOut.of(await services.refund_views.get(refund_id))


def _check_id(number: int, what: str) -> None:
    if not 1 <= number <= MAX_ID:
        raise NotFound(f"{what}_not_found", f"There is no such {what}.")
