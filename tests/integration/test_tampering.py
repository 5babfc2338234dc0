"""The books cannot be rewritten unseen: every single edit of a row is found, on both databases.

The columns are read from the tables: a new one must be sealed, or named as free to change with the
reason, before these tests pass.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import Table, text, update

from payment_app.domain.staff import Role
from payment_app.services.bookings.management import BookingForm, BookingManagement
from payment_app.services.operations.invariants import ALONE
from payment_app.services.payments.events import GENESIS, seal
from payment_app.services.shared.keys.seals import (
    BOOKING,
    CALLBACK,
    CASE,
    EVENT,
    PAYMENT,
    Facts,
    Keyring,
)
from payment_app.services.staff.member import Member
from payment_app.storage.tables import Booking, CallbackInbox, Payment, PaymentCase, PaymentEvent
from tests.books import KEYRING
from tests.integration.kit import completed
from tests.integration.members import hire
from tests.integration.world import World, success

TABLES: dict[type[Any], Facts] = {
    Payment: PAYMENT,
    PaymentEvent: EVENT,
    Booking: BOOKING,
    PaymentCase: CASE,
    CallbackInbox: CALLBACK,
}


_AT = "'2026-11-23 09:00:00+00'"
INVENTED = {
    "payment": "INSERT INTO payment (payment_id, booking_id, user_id, amount, amount_refunded,"
    " payment_method, status, phone_number)"
    " VALUES ({}, 2, 2, 2500, 2500, 'mpesa', 'completed', '254712345678')",
    "booking": "INSERT INTO booking (booking_id, user_id, reference, title, amount, pay_token)"
    " VALUES ({}, 1, 'UNSEEN', 'A unit', 2500, 'a token')",
    "payment_case": "INSERT INTO payment_case (case_id, kind, state, booking_id, evidence, dedupe,"
    f" opened_at) VALUES ({{}}, 'overpaid', 'open', 1, '{{{{}}}}', 'x', {_AT})",
    "callback_inbox": "INSERT INTO callback_inbox (inbox_id, kind, payment_id, dedupe, body,"
    f" received_at, copies, attempts) VALUES ({{}}, 'stk', 1, 'x', '', {_AT}, 1, 0)",
}
"""A row under an id of one's own, of each table."""


def table_of(model: type[Any]) -> Table:
    table: Table = model.__table__
    return table


async def rules(world: World) -> set[str]:
    return set((await world.runtime.invariants.look(ALONE)).counts)


async def a_life(world: World) -> Payment:
    """Money, a case, a live attempt and its booking: nothing is wrong with any of it."""
    payment = await completed(world)
    await world.callback(success(payment, receipt="SECOND0001"), world.token(0))
    await world.runtime.inbox.drain()
    await world.pushed(await world.booking(), phone="254733000000")
    assert await world.cases() == ["second_receipt"]
    assert await rules(world) == set()
    return await world.payment(payment.payment_id)


async def tamper(world: World, *statements: Any) -> None:
    """What somebody does who has the database to himself: no trigger and no reference holds."""
    database = world.runtime.database
    async with database._writer.connect() as connection:
        if database.is_sqlite:
            await connection.exec_driver_sql("COMMIT")
            await connection.exec_driver_sql("PRAGMA foreign_keys=OFF")
            await connection.exec_driver_sql("BEGIN IMMEDIATE")
            for name in ("payment_event_no_update", "payment_event_no_delete"):
                await connection.exec_driver_sql(f"DROP TRIGGER IF EXISTS {name}")
        else:
            await connection.exec_driver_sql("SET LOCAL session_replication_role = replica")
        for statement in statements:
            wanted = text(statement) if isinstance(statement, str) else statement
            assert (await connection.execute(wanted)).rowcount > 0, statement
        await connection.commit()
        if database.is_sqlite:
            await connection.exec_driver_sql("COMMIT")
            await connection.exec_driver_sql("PRAGMA foreign_keys=ON")


async def a_bare_booking(world: World) -> Payment:
    """A booking that nobody has paid, in the place of one of a payment."""
    booking = await world.booking()
    return Payment(booking_id=booking.booking_id or 0)


async def stored(world: World, model: type[Any], payment: Payment) -> dict[str, Any]:
    """A row of that payment: itself, its settling event, its booking, its case or callback."""
    table = table_of(model)
    of = "booking_id" if model is Booking else "payment_id"
    wanted = table.select().where(table.c[of] == getattr(payment, of))
    if model is PaymentEvent:
        wanted = wanted.where(table.c.kind == "callback_result")
    if model is CallbackInbox:
        wanted = wanted.where(table.c.inbox_id == 1)
    async with world.runtime.database.read() as session:
        return dict((await session.execute(wanted)).mappings().one())


def edit(model: type[Any], row: Mapping[str, Any], **values: Any) -> Any:
    table = table_of(model)
    (key,) = table.primary_key.columns
    return update(table).where(key == row[key.name]).values(values)


def others(value: Any, column: str) -> list[Any]:
    """Values that the column takes and that the app did not write; empty where it may be."""
    if column in ("status", "state"):
        words = ("completed", "failed", "open", "paid", "closed", "resolved")
        return [word for word in words if word != value]
    if isinstance(value, bool):
        return [not value]
    if isinstance(value, int):
        return [value + 1_000, -value]
    if isinstance(value, bytes):
        return [b"", b"x", value.replace(b"2500", b"1500"), value + b" "]
    if isinstance(value, Decimal):
        return [value + 1, value + Decimal("0.01")]
    if isinstance(value, datetime):
        return [value + timedelta(microseconds=1), value - timedelta(days=400)]
    if value is None and column.endswith(("_at", "_date")):
        return [datetime.fromisoformat("2026-11-01T00:00:00+00:00")]
    if value is None and column == "payment_id":
        return [1]
    if value is None:
        return ["", "x"]
    return [value[:-1] + "Z", value.swapcase(), ""]


@pytest.mark.parametrize("model", TABLES, ids=lambda model: table_of(model).name)
class TestEverySingleEdit:
    def test_each_column_is_sealed_or_free_for_a_reason(self, model: type[Any]) -> None:
        facts, names = TABLES[model], set(table_of(model).columns.keys())
        kinds = [set(facts.sealed), set(facts.checked), set(facts.may_change)]
        assert set.union(*kinds) == names, "classify each column in services/shared/keys/seals.py"
        assert sum(map(len, kinds)) == len(names), "one class for each column"
        assert all(len(reason) > 10 for reason in facts.may_change.values())

    async def test_is_found(self, world: World, model: type[Any]) -> None:
        payment = await a_life(world)
        row = await stored(world, model, payment)
        facts, table = TABLES[model], table_of(model)
        unseen = []
        for column in (*facts.sealed, *facts.checked):
            if (model, column) == (PaymentEvent, "event_id"):
                continue  # an order that nothing else depends on: the checkpoint's, see below
            values = [v for v in others(row[column], column) if v != row[column]]
            if table.c[column].nullable and row[column] is not None:
                values.append(None)
            for value in values:
                if not await tampered(world, model, row, column, value):
                    continue
                if not await rules(world):
                    unseen.append((column, row[column], value))
                await tamper(world, edit(model, {**row, column: value}, **row))
        assert unseen == []
        assert await rules(world) == set(), "the edits were taken back"


async def tampered(
    world: World, model: type[Any], row: Mapping[str, Any], column: str, value: Any
) -> bool:
    """Whether the database takes that value at all; its own constraints are a door as well."""
    from sqlalchemy.exc import DataError, IntegrityError

    try:
        await tamper(world, edit(model, row, **{column: value}))
    except (IntegrityError, DataError):
        return False
    return True


@pytest.mark.parametrize(
    ("status", "amount_paid", "paid"),
    [("paid", 2_500, 0), ("paid", 0, 0), ("closed", 0, 0), ("open", 2_500, 0), ("paid", 2_500, 1)],
)
async def test_a_booking_without_payments_is_not_made_paid(
    world: World, status: str, amount_paid: int, paid: int
) -> None:
    """Alone, and with a payment that somebody else made moved to it."""
    payment = await completed(world)
    bare = (await a_bare_booking(world)).booking_id
    moved = [edit(Payment, {"payment_id": payment.payment_id}, booking_id=bare)] * paid
    values = {"status": status, "amount_paid": amount_paid}
    await tamper(world, *moved, edit(Booking, {"booking_id": bare}, **values))
    assert "booking_changed" in await rules(world)


async def test_every_edit_of_a_booking_without_payments_is_found(world: World) -> None:
    row = await stored(world, Booking, await a_bare_booking(world))
    assert await rules(world) == set()
    unseen = []
    for column in (*BOOKING.sealed, *BOOKING.checked):
        for value in others(row[column], column):
            if await tampered(world, Booking, row, column, value):
                if not await rules(world):
                    unseen.append((column, value))
                await tamper(world, edit(Booking, {**row, column: value}, **row))
    assert unseen == []
    assert await rules(world) == set()


class TestPuttingBack:
    """An older row with its own older seal is right by itself: what happened since tells it."""

    @pytest.mark.parametrize(
        "to",
        [
            {"amount": Decimal(9_000)},
            {"allow_instalments": True},
            {"expires_at": datetime.fromisoformat("2026-12-24T18:00:00+03:00")},
            {"amount": Decimal(900), "title": "Another unit"},
        ],
        ids=str,
    )
    async def test_a_booking_that_staff_changed(self, world: World, to: dict[str, Any]) -> None:
        old = await stored(world, Booking, await a_bare_booking(world))
        who, management = await cashier(world)
        form = BookingForm("A unit", old["amount"], "Wanjiku", "0712345678")
        await management.edit(who, old["booking_id"], replace(form, **to))
        assert await rules(world) == set()
        await tamper(world, edit(Booking, old, **old))
        assert await rules(world) == {"booking_put_back"}

    async def test_a_booking_that_staff_cancelled_or_reopened(self, world: World) -> None:
        opened = await stored(world, Booking, await a_bare_booking(world))
        who, management = await cashier(world)
        await management.cancel(who, opened["booking_id"], "a double")
        assert await rules(world) == set()
        closed = await stored(world, Booking, Payment(booking_id=opened["booking_id"]))
        await tamper(world, edit(Booking, opened, **opened))
        assert await rules(world) == {"booking_put_back"}
        await tamper(world, edit(Booking, closed, **closed))
        await management.reopen(who, opened["booking_id"], "no double")
        assert await rules(world) == set()
        await tamper(world, edit(Booking, closed, **closed))
        assert await rules(world) == {"booking_put_back"}

    async def test_a_booking_whose_money_came_after_the_change(self, world: World) -> None:
        """Its newest row is the money's; what staff made of it before still holds."""
        booking = await world.booking()
        who, management = await cashier(world)
        form = BookingForm("A unit", Decimal(3_000), "Wanjiku", "0712345678")
        await management.edit(who, booking.booking_id or 0, form)
        payment = await world.pushed(await world.fresh(booking))
        await world.callback(success(payment))
        await world.runtime.inbox.drain()
        assert (await world.fresh(booking)).status == "paid"
        assert await rules(world) == set()

    async def test_a_payment_with_the_end_of_its_history(self, world: World) -> None:
        """Row and history agree; the callback that was read tells that there was more."""
        payment = await world.pushed(await world.booking())
        before = await stored_payment(world, payment)
        booking = await stored(world, Booking, payment)
        last = (await world.events(payment))[-1].event_id
        await world.callback(success(payment))
        await world.runtime.inbox.drain()
        await tamper(
            world,
            f"DELETE FROM payment_event WHERE event_id > {last}",
            edit(Payment, before, **before),
            edit(Booking, booking, **booking),
        )
        assert await rules(world) == {"history_missing"}


async def cashier(world: World) -> tuple[Member, BookingManagement]:
    who = await hire(world.runtime.database, world.clock, Role.CASHIER)
    return who, BookingManagement(world.runtime.database, world.clock)


class TestTheListOfTheReview:
    """What `check` called well before there were keys."""

    async def test_amount_and_booking_together(self, world: World) -> None:
        await a_life(world)
        await tamper(
            world,
            "UPDATE payment SET amount = 100 WHERE payment_id = 1",
            "UPDATE booking SET amount = 100, amount_paid = 100 WHERE booking_id = 1",
        )
        assert await rules(world) == {"payment_changed", "booking_changed"}

    async def test_receipt(self, world: World) -> None:
        await a_life(world)
        await tamper(world, "UPDATE payment SET mpesa_receipt_number = 'X1' WHERE payment_id = 1")
        assert await rules(world) == {"payment_changed"}

    async def test_phone_and_date(self, world: World) -> None:
        await a_life(world)
        await tamper(
            world,
            "UPDATE payment SET phone_number = '254799999999', payment_date = settled_at,"
            " settled_at = created_at WHERE payment_id = 1",
        )
        assert await rules(world) == {"payment_changed"}

    async def test_status(self, world: World) -> None:
        await a_life(world)
        await tamper(
            world,
            "UPDATE payment SET status = 'refunded' WHERE payment_id = 1",
        )
        assert await rules(world) == {"payment_changed"}

    async def test_an_invented_payment(self, world: World) -> None:
        await a_life(world)
        await tamper(
            world,
            "INSERT INTO payment (booking_id, user_id, amount, payment_method, status,"
            " phone_number) VALUES (2, 2, 2500, 'mpesa', 'completed', '254712345678')",
        )
        assert await rules(world) == {"never_sealed", "booking_total"}

    async def test_an_invented_payment_that_copies_the_seal_of_another(self, world: World) -> None:
        await a_life(world)
        await tamper(
            world,
            "INSERT INTO payment (booking_id, user_id, amount, payment_method, status,"
            " phone_number, last_event_hash, seal) SELECT booking_id, user_id, amount,"
            " payment_method, status, phone_number, last_event_hash, seal FROM payment"
            " WHERE payment_id = 1",
        )
        assert {"payment_changed", "event_chain"} <= await rules(world)

    async def test_a_wiped_history(self, world: World) -> None:
        await a_life(world)
        await tamper(
            world,
            "DELETE FROM payment_event WHERE payment_id = 1",
            "UPDATE payment SET last_event_hash = NULL WHERE payment_id = 1",
        )
        assert {"payment_changed", "settled_once"} <= await rules(world)
        await tamper(world, "UPDATE payment SET seal = NULL WHERE payment_id = 1")
        assert "never_sealed" in await rules(world)

    @pytest.mark.parametrize("keyed", [True, False])
    async def test_a_recomputed_chain(self, world: World, keyed: bool) -> None:
        """With a key of one's own, and in the style of the app's first versions, which had none."""
        payment = await a_life(world)
        facts = await stored(world, Payment, payment) | {"amount": Decimal(100)}
        await recompute(world, payment, facts, Keyring(("y" * 40,)) if keyed else None)
        expected = "unknown_key" if keyed else "never_sealed"
        assert expected in await rules(world)


async def recompute(
    world: World, payment: Payment, facts: dict[str, Any], keyring: Keyring | None
) -> None:
    """Rewrite a payment and its whole history, so that all hashes agree."""
    statements, previous, made = [], None, None
    for event in await world.events(payment):
        row = event.model_dump()
        if keyring is None:
            plain = {"key_id": None, "facts": None, "previous_hash": previous or GENESIS}
            row |= plain | {"hash": unkeyed({**row, **plain})}
        else:
            made = seal(row, facts, previous, keyring)
            row |= made.event_columns()
        statements.append(edit(PaymentEvent, row, **row))
        previous = row["hash"]
    row_seal = made.payment_seal if made else None
    changed = facts | {"last_event_hash": previous, "seal": row_seal}
    await tamper(world, *statements, edit(Payment, changed, **changed))


def unkeyed(event: Mapping[str, Any]) -> str:
    """The public recipe of the first versions."""
    names = ("previous_hash", "payment_id", "at", "kind", "actor", "source")
    facts = [event[name] for name in (*names, "from_status", "to_status", "detail")]
    facts[2] = event["at"].isoformat()
    return hashlib.sha256(json.dumps(facts, ensure_ascii=False).encode()).hexdigest()


def unkeyed_dedupe(row: Mapping[str, Any]) -> str:
    """The public recipe of the first versions for a callback."""
    came = f"{row['kind']}|{row['payment_id']}|".encode() + row["body"]
    return hashlib.sha256(came.hex().encode()).hexdigest()


class TestWhatTheAppWritesLater:
    """A row that was edited does not become right by the app's own next write to it."""

    async def test_an_edited_payment_stays_broken(self, world: World) -> None:
        payment = await world.pushed(await world.booking())
        await tamper(world, "UPDATE payment SET amount = 100")
        body = success(payment, amount=100)
        await world.callback(body)
        await world.runtime.inbox.drain()
        assert "payment_changed" in await rules(world)

    async def test_a_replaced_callback_token_proves_nothing(self, world: World) -> None:
        """Whoever writes his own token's hash can forge a callback: the trace stays."""
        payment = await world.pushed(await world.booking())
        forged = hashlib.sha256(b"my own token").hexdigest()
        await tamper(world, f"UPDATE payment SET callback_token_hash = '{forged}'")
        await world.callback(success(payment), "my own token")
        await world.runtime.inbox.drain()
        assert (await world.payment(payment.payment_id)).status == "completed"
        assert "payment_changed" in await rules(world)

    async def test_an_edited_booking_stays_broken(self, world: World) -> None:
        await world.pushed(await world.booking(), amount=2_500)
        await tamper(world, "UPDATE booking SET amount = 2500, reference = 'OTHER'")
        await world.callback(success(await world.payment(1)))
        await world.runtime.inbox.drain()
        assert await rules(world) == {"booking_changed"}

    async def test_an_older_seal_fits_no_longer(self, world: World) -> None:
        payment = await world.pushed(await world.booking())
        before = await stored_payment(world, payment)
        await world.callback(success(payment))
        await world.runtime.inbox.drain()
        after = await stored_payment(world, payment)
        old = before | {"last_event_hash": after["last_event_hash"]}
        await tamper(world, edit(Payment, old, **old))
        assert "payment_changed" in await rules(world)

    async def test_a_check_that_finds_leaves_the_row_broken(self, world: World) -> None:
        await a_life(world)
        await tamper(world, "UPDATE payment SET amount = 100 WHERE payment_id = 1")
        first = await world.runtime.invariants.check(ALONE)
        again = await world.runtime.invariants.check(ALONE)
        assert first.counts == again.counts
        assert (await world.cases()).count("invariant_broken") == len(first.broken)


async def stored_payment(world: World, payment: Payment) -> dict[str, Any]:
    return await stored(world, Payment, payment)


class TestBesideThePayments:
    async def test_a_case_that_was_taken_away(self, world: World) -> None:
        await a_life(world)
        await tamper(world, "DELETE FROM payment_case")
        assert await rules(world) == {"case_missing"}

    @pytest.mark.parametrize("to", [{"payment_id": 2}, {"body": b"x"}, {"kind": "other"}])
    async def test_a_callback_that_was_changed_with_an_unkeyed_hash_to_match(
        self, world: World, to: dict[str, Any]
    ) -> None:
        """The recipe of the first versions, which anybody can follow: their rows came first."""
        await a_life(world)
        row = (await world.inbox())[1].model_dump() | to
        await tamper(world, edit(CallbackInbox, row, **row | {"dedupe": unkeyed_dedupe(row)}))
        assert "callback_changed" in await rules(world)

    async def test_bodies_that_are_dropped_in_time_are_no_change(self, world: World) -> None:
        from payment_app.services.records.retention import forget_bodies

        await a_life(world)
        world.clock.advance(91 * 86_400)
        await forget_bodies(world.runtime.database, world.clock())
        assert all(row.body == b"" for row in await world.inbox())
        assert await rules(world) == {"live_too_long"}  # the attempt that nobody answered

    @pytest.mark.parametrize(
        ("table", "change"),
        [
            ("payment", "amount = 'a lot'"),
            ("payment", "settled_at = 'yesterday'"),
            ("payment", "mpesa_receipt_number = x'ff'"),
            ("payment_event", "at = x'ff'"),
            ("booking", "amount_paid = 'some'"),
            ("payment_case", "opened_at = 'then'"),
            ("callback_inbox", "body = 'text'"),
        ],
    )
    async def test_what_no_longer_has_its_type_is_named(
        self, world: World, table: str, change: str
    ) -> None:
        """SQLite takes anything in any column: the check must not fall over it."""
        if not world.runtime.database.is_sqlite:
            return  # PostgreSQL refuses these values
        await a_life(world)
        await tamper(
            world,
            f"UPDATE {table} SET {change} WHERE rowid = 1",
            "UPDATE payment SET phone_number = 'x' WHERE payment_id = 2",
        )
        found = await rules(world)
        assert {"unreadable", "payment_changed"} <= found

    @pytest.mark.parametrize(
        ("table", "column", "value"),
        [
            ("payment", "settled_at", "infinity"),
            ("payment_event", "at", "infinity"),
            ("booking", "expires_at", "0044-03-15 12:00:00+00 BC"),
            ("payment_case", "opened_at", "-infinity"),
            ("callback_inbox", "received_at", "infinity"),
        ],
    )
    async def test_times_that_no_calendar_has_are_named(
        self, world: World, table: str, column: str, value: str
    ) -> None:
        """PostgreSQL takes them, Python cannot hold them: the check must not fall over it."""
        if world.runtime.database.is_sqlite:
            return  # its own values of wrong types are above
        await a_life(world)
        await tamper(
            world,
            # The row of the lowest key, wherever the database has put it meanwhile.
            f"UPDATE {table} SET {column} = '{value}' "
            f"WHERE ctid = (SELECT t.ctid FROM {table} AS t ORDER BY t LIMIT 1)",
            "UPDATE payment SET phone_number = 'x' WHERE payment_id = 2",
        )
        assert {"unreadable", "payment_changed"} <= await rules(world)

    @pytest.mark.parametrize("number", [0, -7])
    @pytest.mark.parametrize("table", ["payment", "booking", "payment_case", "callback_inbox"])
    async def test_ids_that_the_app_never_draws_hide_nothing(
        self, world: World, table: str, number: int
    ) -> None:
        await a_life(world)
        await tamper(world, INVENTED[table].format(number))
        assert await rules(world) & {"never_sealed", "callback_changed", "unreadable"}

    @pytest.mark.parametrize(
        ("table", "rule"),
        [
            ("user_account", "user_account_missing"),
            ("booking", "booking_missing"),
            ("payment", "payment_missing"),
            ("payment_case", "payment_case_missing"),
        ],
    )
    async def test_what_was_referred_to_and_is_gone(
        self, world: World, table: str, rule: str
    ) -> None:
        await a_life(world)
        await world.runtime.cases.add_note(1, "somebody", "Both receipts are in the statement.")
        await tamper(world, f"DELETE FROM {table}")
        assert rule in await rules(world)

    async def test_rows_that_belong_to_nothing(self, world: World) -> None:
        await a_life(world)
        await tamper(world, "DELETE FROM booking WHERE booking_id = 2")
        assert await rules(world) == {"booking_missing"}
        await tamper(world, "DELETE FROM payment WHERE payment_id = 2")
        assert await rules(world) == {"payment_missing"}

    async def test_a_callback_that_was_taken_away(self, world: World) -> None:
        payment = await completed(world)
        world.clock.advance(60)
        await world.callback(success(payment, receipt="SECOND0001"), world.token(0))
        await world.runtime.inbox.drain()
        assert await rules(world) == set()
        await tamper(world, "DELETE FROM callback_inbox WHERE inbox_id = 2")
        assert await rules(world) == {"callback_missing"}, "what opened the case is gone"
        await tamper(world, "DELETE FROM callback_inbox")
        assert await rules(world) == {"callback_missing"}


class TestKeys:
    async def test_an_old_key_still_counts_and_an_unknown_one_does_not(self, world: World) -> None:
        await a_life(world)
        invariants = world.runtime.invariants
        invariants._keyring = Keyring(("z" * 40, "x" * 40))
        assert await rules(world) == set()
        invariants._keyring = Keyring(("z" * 40,))
        assert {"unknown_key", "payment_changed"} <= await rules(world)

    async def test_new_events_are_sealed_with_todays_key(self, world: World) -> None:
        payment = await world.pushed(await world.booking())
        new = Keyring(("z" * 40, "x" * 40))
        world.runtime.database._info.update(new.for_sessions())
        await world.callback(success(payment))
        await world.runtime.inbox.drain()
        keys = [event.key_id for event in await world.events(payment)]
        assert set(keys[:3]) == {KEYRING.current}
        assert keys[-1] == new.current
        world.runtime.invariants._keyring = new
        assert await rules(world) == set()
