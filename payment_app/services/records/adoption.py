"""Sealing history that the app did not seal when it was made: loaded in bulk, or older than seals.

It is done on an operator's word and never by itself: a program that sealed whatever it found would
seal what somebody slipped in. What was sealed once is not touched, whatever it looks like now.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Table, bindparam, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from payment_app.domain.lifecycle import MONEY
from payment_app.services.payments.events import GENESIS, event_is_right, seal
from payment_app.services.shared.clock import Clock
from payment_app.services.shared.keys.seals import (
    BOOKING,
    CASE,
    EVENT,
    PAYMENT,
    Facts,
    Keyring,
    seal_row,
)
from payment_app.storage.database import Database
from payment_app.storage.tables import Booking, Payment, PaymentCase, PaymentEvent

BATCH = 500


@dataclass
class Adopted:
    """What was sealed, or would be.

    Attributes:
        payments, bookings, cases: how many rows.
        money: shillings of the payments among them that count as paid.
        refused: ids of payments that are not sealed: their history is not whole.
    """

    payments: int
    bookings: int
    cases: int
    money: Decimal
    refused: list[int]


def _table(model: Any) -> Table:
    table: Table = model.__table__
    return table


async def seal_history(
    database: Database, clock: Clock, keyring: Keyring, *, write: bool
) -> Adopted:
    """Seal every payment, booking and case that carries no seal yet.

    A payment gains one event, `history_sealed`, which covers it and its history as they are.

    Args:
        write: `False` only counts.
    """
    done = Adopted(0, 0, 0, Decimal(0), [])
    after = 0
    while True:
        async with database.write() if write else database.read() as session:
            rows = await _unsealed(session, _table(Payment), "payment_id", PAYMENT, after)
            await _adopt(session, rows, done, keyring, clock(), write)
        if not rows:
            break
        after = rows[-1]["payment_id"]
    done.bookings = await _seal_rows(database, Booking, "booking_id", BOOKING, keyring, write)
    done.cases = await _seal_rows(database, PaymentCase, "case_id", CASE, keyring, write)
    return done


async def _unsealed(
    session: AsyncSession, table: Table, key: str, facts: Facts, after: int
) -> list[Mapping[str, Any]]:
    names = {key, *facts.sealed, *facts.checked}
    found = await session.execute(
        select(*(table.c[name] for name in names))
        .where(table.c.seal.is_(None), table.c[key] > after)
        .order_by(table.c[key])
        .limit(BATCH)
        .with_for_update()
    )
    return [dict(row) for row in found.mappings()]


async def _adopt(
    session: AsyncSession,
    payments: Sequence[Mapping[str, Any]],
    done: Adopted,
    keyring: Keyring,
    now: datetime,
    write: bool,
) -> None:
    histories = await _histories(session, [payment["payment_id"] for payment in payments])
    events, seals = [], []
    for payment in payments:
        number = payment["payment_id"]
        history = histories[number]
        if not _adoptable(payment, history, keyring):
            done.refused.append(number)
            continue
        event = {
            "payment_id": number,
            "at": now,
            "kind": "history_sealed",
            "actor": "operator",
            "source": "operator",
            "from_status": payment["status"] if history else None,
            "to_status": payment["status"],
            "detail": "Made before there were seals, or loaded. Sealed as it was found.",
        }
        made = seal(event, payment, payment["last_event_hash"], keyring)
        events.append(event | made.event_columns())
        seals.append({"id": number, "last": made.hash, "made": made.payment_seal})
        done.payments += 1
        done.money += payment["amount"] if payment["status"] in MONEY else 0
    if write and events:
        table = _table(Payment)
        changed: dict[str, Any] = {"last_event_hash": bindparam("last"), "seal": bindparam("made")}
        wanted = update(table).where(table.c.payment_id == bindparam("id")).values(changed)
        await session.execute(insert(_table(PaymentEvent)), events)
        await (await session.connection()).execute(wanted, seals)


def _adoptable(
    payment: Mapping[str, Any], history: Sequence[Mapping[str, Any]], keyring: Keyring
) -> bool:
    """Its history is whole as far as it goes, and no event ever vouched for it."""
    previous = GENESIS
    for event in history:
        if event["previous_hash"] != previous or not event_is_right(event, keyring):
            return False
        if event["facts"] is not None:
            return False  # it was sealed: somebody took the seal away
        previous = event["hash"]
    return (payment["last_event_hash"] or GENESIS) == previous


async def _histories(
    session: AsyncSession, payment_ids: Sequence[int]
) -> Mapping[int, list[Mapping[str, Any]]]:
    table = _table(PaymentEvent)
    rows = await session.execute(
        select(*(table.c[name] for name in (*EVENT.sealed, *EVENT.checked)))
        .where(table.c.payment_id.in_(payment_ids))
        .order_by(table.c.event_id)
    )
    histories: dict[int, list[Mapping[str, Any]]] = defaultdict(list)
    for row in rows.mappings():
        histories[row["payment_id"]].append(dict(row))
    return histories


async def _seal_rows(
    database: Database, model: Any, key: str, facts: Facts, keyring: Keyring, write: bool
) -> int:
    table, count, after = _table(model), 0, 0
    while True:
        async with database.write() if write else database.read() as session:
            rows = await _unsealed(session, table, key, facts, after)
            made = [{"id": row[key], "made": seal_row(facts, row, keyring)} for row in rows]
            if write and made:
                wanted = update(table).where(table.c[key] == bindparam("id"))
                connection = await session.connection()
                await connection.execute(wanted.values(seal=bindparam("made")), made)
        if not rows:
            return count
        count, after = count + len(rows), rows[-1][key]
