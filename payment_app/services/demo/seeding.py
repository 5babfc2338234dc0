"""A long history for trying the console out and for measuring it; in simulator mode only.

Every booking's attempts fail until one is paid, as in life; its totals agree, and every payment
ends in a sealed event, so that the check of the records holds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from sqlalchemy import Connection, func, insert, select, text
from sqlmodel import col

from payment_app.domain.lifecycle import PaymentStatus
from payment_app.services.payments.events import seal
from payment_app.services.shared.keys.seals import BOOKING, Keyring, seal_row
from payment_app.services.shared.keys.tokens import new_token
from payment_app.storage.database import sync_engine
from payment_app.storage.dialect import count_on, table_of
from payment_app.storage.tables import Booking, Payment, PaymentEvent, UserAccount

HISTORY = timedelta(days=395)
BATCH = 2_000
"""Bookings at a time: what is in memory at once."""

_FIRST = [
    "Wanjiku",
    "Kamau",
    "Otieno",
    "Achieng",
    "Mwangi",
    "Njeri",
    "Kiprop",
    "Chebet",
    "Mutua",
    "Mumbua",
    "Hassan",
    "Amina",
    "Juma",
    "Fatuma",
    "Omondi",
    "Akinyi",
    "Kariuki",
    "Wambui",
    "Barasa",
    "Nekesa",
    "Maina",
    "Nyambura",
    "Koech",
    "Jepkosgei",
    "Musyoka",
    "Ndunge",
    "Ochieng",
    "Atieno",
    "Kimani",
    "Wairimu",
]
_LAST = [
    "Odhiambo",
    "Ouma",
    "Njoroge",
    "Kiplagat",
    "Mutiso",
    "Abdi",
    "Wekesa",
    "Ndungu",
    "Kibet",
    "Githinji",
    "Onyango",
    "Makori",
    "Rotich",
    "Mwikali",
    "Were",
    "Gitau",
    "Cheruiyot",
    "Mohamed",
    "Kilonzo",
    "Simiyu",
    "Nganga",
    "Okoth",
    "Waweru",
    "Langat",
    "Nzioka",
]
_TITLES = ("Storage unit", "Moving van", "Locker", "Parking bay", "Workshop hour")
_FAILURES = (
    (PaymentStatus.CANCELLED, "1032", "Request cancelled by user", 40),
    (PaymentStatus.EXPIRED, "1037", "DS timeout user cannot be reached", 30),
    (PaymentStatus.FAILED, "1", "The balance is insufficient for the transaction", 20),
    (PaymentStatus.FAILED, "2001", "The initiator information is invalid", 7),
    (PaymentStatus.REJECTED, "", "Bad Request - Invalid Amount", 3),
)
_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ0123456789"


@dataclass
class _Rows:
    """One batch, by table."""

    users: list[dict[str, Any]] = field(default_factory=list)
    bookings: list[dict[str, Any]] = field(default_factory=list)
    payments: list[dict[str, Any]] = field(default_factory=list)
    events: list[dict[str, Any]] = field(default_factory=list)


def seed_payments(
    database_url: str,
    count: int,
    now: datetime,
    *,
    keyring: Keyring,
    seed: int = 7,
    progress: Callable[[int], None] = lambda done: None,
) -> int:
    """Add about `count` payments of the past 13 months; how many that were.

    Args:
        now: the end of the history, UTC.
        keyring: what the app seals its books with.
        seed: the same seed makes the same history.
        progress: told how many payments are there after each batch.
    """
    engine = sync_engine(database_url)
    done = 0
    with engine.connect() as connection:
        writer = _Writer(connection, Random(seed), count, now, keyring)  # noqa: S311
        for rows in writer.batches():
            for table, values in (
                (UserAccount, rows.users),
                (Booking, rows.bookings),
                (Payment, rows.payments),
                (PaymentEvent, rows.events),
            ):
                if values:
                    connection.execute(insert(table_of(table)), values)
            connection.commit()
            done += len(rows.payments)
            progress(done)
        connection.execute(text("ANALYZE"))
        connection.commit()
    engine.dispose()
    return done


class _Writer:
    """Makes rows with ids that nobody has yet."""

    def __init__(
        self,
        connection: Connection,
        random: Random,  # it makes no secrets
        count: int,
        now: datetime,
        keyring: Keyring,
    ) -> None:
        self._random, self._count, self._now, self._keyring = random, count, now, keyring
        self._user_id = _highest(connection, col(UserAccount.user_id))
        self._booking_id = _highest(connection, col(Booking.booking_id))
        self._payment_id = _highest(connection, col(Payment.payment_id))
        self._first_user = self._user_id + 1
        self._made = 0
        self._connection = connection

    def batches(self) -> Iterator[_Rows]:
        """Until there are enough payments."""
        while self._made < self._count:
            rows = _Rows()
            for _ in range(BATCH):
                if self._made >= self._count:
                    break
                self._booking(rows)
            yield rows
        self._count_on()

    def _booking(self, rows: _Rows) -> None:
        """One booking with its attempts; the moments run through the history once."""
        at = self._now - HISTORY * (1 - self._made / self._count)
        user_id, phone = self._customer(rows, at)
        self._booking_id += 1
        amount = Decimal(self._random.choice((500, 1_000, 1_500, 2_500, 4_200, 9_000, 18_000)))
        booking = {
            "booking_id": self._booking_id,
            "user_id": user_id,
            "reference": f"H{self._booking_id:X}",
            "title": f"{self._random.choice(_TITLES)} {self._random.randint(1, 400)}",
            "details": "[]",
            "amount": amount,
            "amount_paid": Decimal(0),
            "status": "open",
            "allow_instalments": False,
            "expires_at": None,
            "pay_token": new_token(),
            "created_at": at,
            "updated_at": at,
            "seal": None,
        }
        attempt = 1
        while self._random.random() < 0.29:
            at += timedelta(seconds=self._random.uniform(130, 900))
            self._failure(rows, booking, phone, attempt, at)
            attempt += 1
        if self._random.random() < 0.98:
            at += timedelta(seconds=self._random.uniform(130, 900))
            self._success(rows, booking, phone, attempt, at)
        booking["seal"] = seal_row(BOOKING, booking, self._keyring)
        rows.bookings.append(booking)

    def _customer(self, rows: _Rows, at: datetime) -> tuple[int, str]:
        """A new customer, or one who was here before."""
        if self._user_id >= self._first_user and self._random.random() < 0.71:
            oldest = max(self._first_user, self._user_id - 50_000)
            user_id = self._random.randint(oldest, self._user_id)
            return user_id, self._phone_of(user_id)
        self._user_id += 1
        phone = self._phone_of(self._user_id)
        name = f"{self._random.choice(_FIRST)} {self._random.choice(_LAST)}"
        rows.users.append(
            {
                "user_id": self._user_id,
                "name": name,
                "phone_number": phone,
                "email": None,
                "created_at": at,
            }
        )
        return self._user_id, phone

    def _phone_of(self, user_id: int) -> str:
        """Each customer's own number, spread over the whole range."""
        return f"2547{(user_id * 7_368_787) % 100_000_000:08d}"

    def _failure(
        self, rows: _Rows, booking: dict[str, Any], phone: str, attempt: int, at: datetime
    ) -> None:
        weights = [row[3] for row in _FAILURES]
        status, code, words, _ = self._random.choices(_FAILURES, weights)[0]
        payment = self._payment(booking, phone, attempt, at, status)
        payment |= {"result_code": code or None, "result_desc": words}
        payment["settled_at"] = at + timedelta(seconds=self._random.uniform(5, 70))
        self._end(rows, payment)

    def _success(
        self, rows: _Rows, booking: dict[str, Any], phone: str, attempt: int, at: datetime
    ) -> None:
        payment = self._payment(booking, phone, attempt, at, PaymentStatus.COMPLETED)
        paid_at = at + timedelta(seconds=self._random.uniform(8, 60))
        number = self._payment_id
        payment |= {
            "result_code": "0",
            "result_desc": "The service request is processed successfully.",
            "payment_date": paid_at,
            "settled_at": paid_at,
            "mpesa_receipt_number": _receipt(number),
            "receipt_token": new_token(),
            "witness": "callback",
        }
        booking["amount_paid"] = booking["amount"]
        booking["status"] = "paid"
        self._end(rows, payment)

    def _end(self, rows: _Rows, payment: dict[str, Any]) -> None:
        """Close a payment's history with the event that every payment ends in."""
        event = {
            "payment_id": payment["payment_id"],
            "at": payment["settled_at"],
            "kind": "callback_result",
            "actor": "daraja",
            "source": "callback",
            "from_status": PaymentStatus.PENDING.value,
            "to_status": payment["status"],
            "detail": f"{payment['result_code'] or ''} {payment['result_desc']}".strip(),
        }
        sealed = seal(event, payment, None, self._keyring)
        rows.events.append(event | sealed.event_columns())
        payment |= {"last_event_hash": sealed.hash, "seal": sealed.payment_seal}
        rows.payments.append(payment)

    def _payment(
        self,
        booking: dict[str, Any],
        phone: str,
        attempt: int,
        at: datetime,
        status: PaymentStatus,
    ) -> dict[str, Any]:
        self._payment_id += 1
        self._made += 1
        number = self._payment_id
        return {
            "payment_id": number,
            "booking_id": booking["booking_id"],
            "user_id": booking["user_id"],
            "amount": booking["amount"],
            "payment_method": "mpesa",
            "payment_date": None,
            "status": status.value,
            "transaction_id": f"{booking['reference']}-P{attempt}",
            "mpesa_receipt_number": None,
            "checkout_request_id": f"ws_CO_{at:%d%m%Y%H%M%S}{number:012d}",
            "merchant_request_id": f"h-{number}",
            "phone_number": phone,
            "receipt_token": None,
            "amount_refunded": Decimal(0),
            "witness": None,
            "created_at": at,
            "submitted_at": at,
            "settled_at": None,
            "callback_token_hash": None,
            "result_code": None,
            "result_desc": None,
            "version": 0,
            "last_event_hash": None,
            "seal": None,
        }

    def _count_on(self) -> None:
        for model, column in (
            (UserAccount, "user_id"),
            (Booking, "booking_id"),
            (Payment, "payment_id"),
        ):
            count_on(self._connection, model, column)


def _highest(connection: Connection, column: Any) -> int:
    return connection.execute(select(func.max(column))).scalar_one() or 0


def _receipt(number: int) -> str:
    """Ten letters and digits, different for each number, that look like M-Pesa's."""
    number = (number * 1_000_003 + 12_345) % len(_LETTERS) ** 7
    letters = []
    for _ in range(7):
        number, digit = divmod(number, len(_LETTERS))
        letters.append(_LETTERS[digit])
    return "HSH" + "".join(letters)
