"""Plain rows of a transaction: what was read is one object, what was changed is written once."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy import Connection, bindparam, event, select, update
from sqlalchemy.exc import IntegrityError, NoResultFound

from payment_app.storage.database import Database
from payment_app.storage.dialect import table_of
from payment_app.storage.rows import Rows
from payment_app.storage.tables import Booking, Mark, UserAccount
from payment_app.storage.transaction import Transaction
from tests.books import KEYS

NOW = datetime(2026, 11, 23, 9, 0, 0, 250_000, tzinfo=UTC)
BOOKING = table_of(Booking)
BY_ID = select(BOOKING).where(BOOKING.c.booking_id == bindparam("id"))
ALL = select(BOOKING).order_by(BOOKING.c.booking_id)


@pytest_asyncio.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    opened = Database(database_url, KEYS)
    yield opened
    await opened.close()


def put_booking(rows: Rows, reference: str, **more: Any) -> Booking:
    customer = rows.insert(UserAccount, name="A Payer", phone_number="254712345678", created_at=NOW)
    columns = {"title": "A room", "amount": Decimal(2_500), "created_at": NOW, "updated_at": NOW}
    return rows.insert(
        Booking,
        user_id=customer.user_id,
        reference=reference,
        pay_token=reference,
        **{**columns, **more},
    )


async def stored(database: Database) -> list[dict[str, Any]]:
    def read(connection: Connection) -> list[dict[str, Any]]:
        return [dict(row._mapping) for row in connection.execute(ALL)]

    return await database.look(read)


async def test_a_row_has_the_defaults_of_its_model_and_comes_back_as_it_went(
    database: Database,
) -> None:
    made = await database.transact(
        lambda transaction: vars(put_booking(transaction.rows, "A", expires_at=NOW))
    )
    assert [made] == await stored(database)
    by_model = Booking(**{k: v for k, v in made.items() if k not in ("amount_paid", "status")})
    assert made == by_model.model_dump()


async def test_only_what_changed_is_written_and_once(database: Database) -> None:
    await database.transact(lambda transaction: put_booking(transaction.rows, "A") and None)
    said: list[str] = []

    def work(transaction: Transaction) -> None:
        listen = ("before_cursor_execute", lambda *given: said.append(given[2]))
        event.listen(transaction.connection, *listen)
        (row,) = transaction.rows.read(Booking, BY_ID, {"id": 1})
        row.title, row.amount = "Another room", Decimal(2_500)
        transaction.rows.write()
        transaction.rows.write()
        event.remove(transaction.connection, *listen)

    await database.transact(work)
    updates = [statement for statement in said if statement.startswith("UPDATE")]
    assert len(updates) == 1
    assert updates[0].split(" WHERE ")[0].count("=") == 1
    assert [row["title"] for row in await stored(database)] == ["Another room"]


async def test_rows_that_changed_alike_are_one_statement_each_with_its_own_values(
    database: Database,
) -> None:
    def make(transaction: Transaction) -> None:
        for name in "ABC":
            put_booking(transaction.rows, name)

    def change(transaction: Transaction) -> None:
        for row in transaction.rows.read(Booking, ALL):
            row.title = f"Room {row.reference}"

    await database.transact(make)
    await database.transact(change)
    assert [row["title"] for row in await stored(database)] == ["Room A", "Room B", "Room C"]


async def test_a_row_is_one_object_and_keeps_what_was_changed_here(database: Database) -> None:
    def work(transaction: Transaction) -> None:
        rows = transaction.rows
        made = put_booking(rows, "A")
        (found,) = rows.read(Booking, BY_ID, {"id": made.booking_id})
        assert found is made
        found.title = "Changed here"
        assert rows.read(Booking, ALL) == [made]
        assert made.title == "Changed here"

    await database.transact(work)
    assert [row["title"] for row in await stored(database)] == ["Changed here"]


async def test_a_row_that_was_not_changed_here_is_told_what_stands_there_now(
    database: Database,
) -> None:
    def work(transaction: Transaction) -> str:
        made = put_booking(transaction.rows, "A")
        transaction.execute(update(BOOKING).values(title="Changed there"))
        transaction.rows.read(Booking, ALL)
        return made.title

    assert await database.transact(work) == "Changed there"


async def test_times_money_and_nothing_keep_their_types(database: Database) -> None:
    def work(transaction: Transaction) -> None:
        row = transaction.rows.read_one(Booking, BY_ID, {"id": 1})
        assert (row.expires_at, row.created_at, row.allow_instalments) == (None, NOW, False)
        assert (row.amount_paid, type(row.amount_paid)) == (Decimal(0), Decimal)
        row.expires_at = NOW + timedelta(days=1)

    await database.transact(lambda transaction: put_booking(transaction.rows, "A") and None)
    await database.transact(work)
    assert [row["expires_at"] for row in await stored(database)] == [NOW + timedelta(days=1)]


async def test_what_fails_leaves_nothing(database: Database) -> None:
    def twice(transaction: Transaction) -> None:
        transaction.rows.add(Mark, name="one", at=NOW)
        transaction.rows.add(Mark, name="one", at=NOW)

    with pytest.raises(IntegrityError):
        await database.transact(twice)
    with pytest.raises(NoResultFound):
        await database.transact(lambda t: t.rows.read_one(Booking, BY_ID, {"id": 7}).title)

    def marks(connection: Connection) -> int:
        return len(connection.execute(select(table_of(Mark))).all())

    assert await database.look(marks) == 0
