"""The JSON of the API: what comes in, what goes out. Money is whole shillings, times RFC 3339."""

from __future__ import annotations

import re
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from payment_app.domain import bookings
from payment_app.domain.money import shillings
from payment_app.services.bookings.bookings import NewBooking
from payment_app.storage.tables import Booking, Payment, PaymentEvent
from payment_app.storage.types import stored_id

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")


def plain_text(value: str) -> str:
    """Text without control characters; databases and phones choke on them."""
    if _CONTROL.search(value):
        raise ValueError("must not contain control characters")
    return value.strip()


def _whole(value: object) -> int:
    return int(shillings(value))


def _without_cents(value: object) -> object:
    """Loaded history may hold cents, which JSON here has no place for."""
    return int(value) if isinstance(value, Decimal) else value


def _digits_as_text(value: object) -> object:
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _no_truth(value: object) -> object:
    if isinstance(value, bool):
        raise ValueError("must be a whole number")  # true would be read as 1
    return value


Text = Annotated[str, AfterValidator(plain_text)]
Money = Annotated[int, BeforeValidator(_whole)]
Whole = Annotated[int, BeforeValidator(_without_cents)]
# Any text passes: `normalise_phone` has the one refusal for what is no phone number.
Phone = Annotated[str, BeforeValidator(_digits_as_text)]
RowId = Annotated[int, BeforeValidator(_no_truth), Field(ge=1)]


class _In(BaseModel):
    model_config = ConfigDict(extra="ignore")


class CustomerIn(_In):
    """Whoever the booking is for."""

    name: Annotated[Text, Field(min_length=1, max_length=120)]
    phone_number: Phone
    email: Annotated[Text, Field(max_length=254)] | None = None


class BookingIn(_In):
    """A booking to be paid."""

    reference: Text
    title: Annotated[Text, Field(min_length=1, max_length=120)]
    amount: Money
    customer: CustomerIn
    details: Annotated[Text, Field(max_length=2_000)] | dict[Text, Text | int | float] | None = (
        Field(None, description="shown to the payer: a text, or labels with values")
    )
    expires_at: datetime | None = None
    allow_instalments: bool = False

    def to_new(self) -> NewBooking:
        """The booking as the service takes it."""
        return NewBooking(
            reference=self.reference,
            title=self.title,
            amount=Decimal(self.amount),
            customer_name=self.customer.name,
            phone_number=self.customer.phone_number,
            email=self.customer.email,
            details=_pairs(self.details),
            expires_at=self.expires_at,
            allow_instalments=self.allow_instalments,
        )


def _pairs(details: str | dict[str, Any] | None) -> list[tuple[str, str]]:
    if not details:
        return []
    if isinstance(details, str):
        return [("", details)]
    return [(label[:80], str(value)[:400]) for label, value in list(details.items())[:20]]


class StkPushIn(_In):
    """A prompt to be sent."""

    booking_id: RowId
    phone_number: Phone
    amount: Money


class StkPushOut(BaseModel):
    """The prompt is on its way; `checkout_request_id` is null while we do not know."""

    success: bool = True
    message: str
    checkout_request_id: str | None
    payment_id: int


class QueryIn(_In):
    """A payment as Daraja knows it."""

    checkout_request_id: Annotated[Text, Field(min_length=1, max_length=100)]


class QueryData(BaseModel):
    """Daraja's result, in Daraja's words."""

    ResultCode: str
    ResultDesc: str


class QueryOut(BaseModel):
    """The result of an STK query; ResultCode 4999 = no result yet."""

    success: bool = True
    data: QueryData


class CallbackOut(BaseModel):
    """What Daraja is told once its callback is on disk."""

    ResultCode: int = 0
    ResultDesc: str = "Success"


class ErrorOut(BaseModel):
    """Every error of the API."""

    error: str
    code: str


class EventOut(BaseModel):
    """One line of a payment's history."""

    at: datetime
    kind: str
    actor: str
    source: str
    from_status: str | None
    to_status: str | None
    detail: str

    @classmethod
    def of(cls, event: PaymentEvent) -> EventOut:
        """From its row."""
        return cls.model_validate(event, from_attributes=True)


class PaymentOut(BaseModel):
    """A payment; `phone_number` is full, as keys belong to trusted servers."""

    payment_id: int
    booking_id: int
    user_id: int
    amount: Whole
    amount_refunded: Whole
    payment_method: str
    payment_date: datetime | None
    status: str
    transaction_id: str | None
    mpesa_receipt_number: str | None
    checkout_request_id: str | None
    merchant_request_id: str | None
    phone_number: str
    result_code: str | None
    result_desc: str | None
    created_at: datetime

    @classmethod
    def of(cls, payment: Payment) -> PaymentOut:
        """From its row."""
        return cls.model_validate(payment, from_attributes=True)


class PaymentDetailOut(PaymentOut):
    """A payment with its history, oldest first."""

    events: list[EventOut]


class PaymentsOut(BaseModel):
    """A page of payments, newest first; `next_cursor` is null at the end."""

    items: list[PaymentOut]
    next_cursor: str | None


class BookingOut(BaseModel):
    """A booking and what it owes."""

    booking_id: int
    reference: str
    title: str
    status: str
    amount: int
    amount_paid: int
    amount_due: int
    allow_instalments: bool
    expires_at: datetime | None
    created_at: datetime
    pay_url: str
    payments: list[PaymentOut]

    @classmethod
    def of(
        cls, booking: Booking, payments: list[Payment], *, origin: str, now: datetime
    ) -> BookingOut:
        """From its rows."""
        return cls(
            booking_id=stored_id(booking.booking_id),
            reference=booking.reference,
            title=booking.title,
            status=bookings.status_now(booking.status, booking.expires_at, now).value,
            amount=int(booking.amount),
            amount_paid=int(booking.amount_paid),
            amount_due=int(bookings.amount_due(booking.amount, booking.amount_paid)),
            allow_instalments=bookings.takes_instalments(booking.amount, booking.allow_instalments),
            expires_at=booking.expires_at,
            created_at=booking.created_at,
            pay_url=f"{origin}/pay/{booking.pay_token}",
            payments=[PaymentOut.of(payment) for payment in payments],
        )
