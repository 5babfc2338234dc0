"""POST and GET /api/bookings."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

from payment_app.api.access import ApiKey, Services
from payment_app.api.idempotent_route import once
from payment_app.api.schemas import BookingIn, BookingOut, ErrorOut
from payment_app.domain.errors import NotFound
from payment_app.services.shared.policy import API_KEY, declares

MAX_ID = 2**31 - 1

router = APIRouter(prefix="/api/bookings", tags=["bookings"])


@router.post("", status_code=201, response_model=BookingOut, responses={409: {"model": ErrorOut}})
@declares(API_KEY)
async def create_booking(
    new: BookingIn, request: Request, services: Services, key: ApiKey
) -> JSONResponse:
    """Create a booking; the answer carries the link that the customer pays at."""

    async def work() -> tuple[int, dict[str, Any]]:
        booking = await services.bookings.create(new.to_new())
        out = BookingOut.of(booking, [], origin=services.settings.origin, now=services.clock())
        return 201, out.model_dump(mode="json")

    return await once(request, services, key, work)


@router.get("/{booking_id}", responses={404: {"model": ErrorOut}})
@declares(API_KEY)
async def get_booking(booking_id: int, services: Services, _: ApiKey) -> BookingOut:
    """A booking with its payments, oldest first."""
    if not 1 <= booking_id <= MAX_ID:
        raise NotFound("booking_not_found", "There is no such booking.")
    booking, payments = await services.bookings.get(booking_id)
    return BookingOut.of(booking, payments, origin=services.settings.origin, now=services.clock())
