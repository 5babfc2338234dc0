"""Signed checkpoints: what they find, and that they are never taken of a history that moved."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from sqlalchemy import insert

from payment_app import cli
from payment_app.services.operations.invariants import ALONE
from payment_app.services.records.adoption import seal_history
from payment_app.services.records.checkpoints import CheckpointRefused
from payment_app.services.records.signed_note import read_note
from payment_app.services.shared.keys.seals import Keyring
from payment_app.storage.tables import PaymentEvent
from tests.books import KEYRING
from tests.integration.kit import completed, run_sql
from tests.integration.test_tampering import a_life, rules, tamper
from tests.integration.world import World, failure, success


async def test_a_history_that_only_grows_agrees_with_every_checkpoint(world: World) -> None:
    checkpoints = world.runtime.checkpoints
    paths = []
    for number in range(3):
        await completed(world, phone=f"25471000000{number}")
        world.clock.advance(60)
        paths.append(await checkpoints.take())
    found = await world.runtime.invariants.look(ALONE)
    assert (found.broken, found.checkpoints) == ([], 3)
    assert await checkpoints.take() == paths[-1], "nothing came since: the same note"
    signed = read_note(paths[-1].read_text(), KEYRING.signing_seeds)
    assert signed.checkpoint.size == found.events
    assert signed.checkpoint.origin == "localhost:3000/books"


class TestWhatSealsCannotFind:
    async def test_a_payment_that_was_taken_away_with_everything(self, world: World) -> None:
        await world.pushed(await world.booking())
        await world.callback(failure(await world.payment(1)))
        await world.runtime.inbox.drain()
        await world.pushed(await world.booking(), phone="254733000000")
        await world.runtime.checkpoints.take()
        await tamper(
            world,
            "DELETE FROM callback_inbox",
            "DELETE FROM payment_event WHERE payment_id = 1",
            "DELETE FROM payment WHERE payment_id = 1",
        )
        assert await rules(world) == {"history_moved"}

    async def test_a_history_that_was_moved_below_the_first_id(self, world: World) -> None:
        """Out of the count, it could be taken away later without a note that misses it."""
        await world.pushed(await world.booking())
        await tamper(world, "UPDATE payment_event SET event_id = event_id - 1000")
        await world.runtime.checkpoints.take()
        assert await rules(world) == set()
        await world.pushed(await world.booking(), phone="254733000000")
        await tamper(world, "DELETE FROM payment_event WHERE payment_id = 1")
        assert "history_moved" in await rules(world)

    async def test_the_end_of_a_history_with_the_row_as_it_was(self, world: World) -> None:
        payment = await world.pushed(await world.booking())
        before = await world.payment(payment.payment_id)
        await world.callback(failure(payment))
        await world.runtime.inbox.drain()
        await world.runtime.checkpoints.take()
        old = before.model_dump()
        from tests.integration.test_tampering import edit

        await tamper(
            world,
            "DELETE FROM payment_event WHERE kind = 'callback_result'",
            edit(type(before), old, **old),
        )
        assert await rules(world) == {"history_missing", "history_moved"}
        await tamper(world, "DELETE FROM callback_inbox")  # the callback that told it
        assert await rules(world) == {"history_moved"}

    async def test_events_that_were_numbered_anew(self, world: World) -> None:
        await world.pushed(await world.booking())
        await world.runtime.checkpoints.take()
        await tamper(world, "UPDATE payment_event SET event_id = event_id + 10 WHERE event_id = 3")
        assert await rules(world) == {"history_moved"}

    async def test_a_history_sealed_anew_by_somebody_with_the_key(self, world: World) -> None:
        from tests.integration.test_tampering import recompute, stored_payment

        payment = await a_life(world)
        await world.runtime.checkpoints.take()
        facts = await stored_payment(world, payment) | {"phone_number": "254799999999"}
        await recompute(world, payment, facts, KEYRING)
        assert await rules(world) == {"history_moved"}


async def test_no_checkpoint_is_taken_of_a_history_that_moved(world: World) -> None:
    await completed(world)
    first = await world.runtime.checkpoints.take()
    await tamper(world, "DELETE FROM payment_event WHERE event_id = 2")
    world.clock.advance(60)
    with pytest.raises(CheckpointRefused):
        await world.runtime.checkpoints.take()
    assert [note.path for note in world.runtime.checkpoints.notes()] == [first]


@pytest.mark.parametrize("change", ["size", "root", "origin", "signature", "nothing of a note"])
async def test_a_note_that_was_changed_is_not_believed(world: World, change: str) -> None:
    await completed(world)
    path = await world.runtime.checkpoints.take()
    lines = path.read_text().split("\n")
    number = {"origin": 0, "size": 1, "root": 2, "signature": 4}.get(change)
    if number is None:
        lines = ["\N{PILE OF POO}"]
    else:
        first, rest = lines[number][:8], lines[number][8:]
        lines[number] = first + rest.swapcase() if rest else "1"
    path.write_text("\n".join(lines))
    assert await rules(world) == {"checkpoint_unreadable"}


async def test_after_a_rotation_only_todays_key_may_seal_behind_the_checkpoint(
    world: World,
) -> None:
    payment = await world.pushed(await world.booking())
    new = Keyring(("z" * 40, "x" * 40))
    runtime = world.runtime
    runtime.invariants._keyring = runtime.checkpoints._keyring = new
    await runtime.checkpoints.take()
    assert await rules(world) == set()
    await world.callback(success(payment))  # sealed by a process that still has the old key
    await runtime.inbox.drain()
    assert await rules(world) == {"old_key"}


async def test_a_checkpoint_waits_for_ids_that_were_drawn_before(world: World) -> None:
    """On PostgreSQL a transaction may draw an id and be committed after a higher one."""
    if world.runtime.database.is_sqlite:
        return  # one writer: ids follow commits
    payment = await world.pushed(await world.booking())
    (last,) = (await world.events(payment))[-1:]
    row = last.model_dump(exclude={"event_id"}) | {"kind": "slow"}
    database = world.runtime.database
    async with database.write() as slow:
        await slow.execute(insert(PaymentEvent).values(**row))
        taking = asyncio.create_task(world.runtime.checkpoints.take())
        await asyncio.sleep(0.3)
        assert not taking.done(), "it waits for whoever has drawn an id"
    path = await taking
    size = read_note(path.read_text(), KEYRING.signing_seeds).checkpoint.size
    assert size == len(await world.events(payment))


async def test_it_is_taken_once_a_day_for_all_workers(world: World) -> None:
    await completed(world)
    for _ in range(49):
        await world.runtime.checkpoints.take_daily()
        world.clock.advance(1_800)
    assert len(world.runtime.checkpoints.notes()) == 1  # no event came: the same note
    await completed(world)
    await world.runtime.checkpoints.take_daily()
    assert len(world.runtime.checkpoints.notes()) == 1
    world.clock.advance(23 * 3_600)
    await world.runtime.checkpoints.take_daily()
    assert len(world.runtime.checkpoints.notes()) == 2


class TestSealingWhatWasLoaded:
    async def load(self, world: World) -> None:
        booking = await world.booking()
        await run_sql(
            world,
            "INSERT INTO payment (booking_id, user_id, amount, payment_method, status,"
            f" phone_number) VALUES ({booking.booking_id}, {booking.user_id}, 2500, 'mpesa',"
            " 'completed', '254712345678')",
            "UPDATE booking SET amount_paid = 2500, status = 'paid', seal = NULL",
        )

    async def test_it_counts_first_and_seals_on_a_word(self, world: World) -> None:
        await self.load(world)
        runtime = world.runtime
        assert await rules(world) == {"never_sealed"}
        for write in (False, True):
            done = await seal_history(runtime.database, world.clock, KEYRING, write=write)
            assert (done.payments, done.money, done.bookings, done.refused) == (1, 2500, 1, [])
        assert await rules(world) == set()
        assert [event.kind for event in await world.events(await world.payment(1))] == [
            "history_sealed"
        ]
        again = await seal_history(runtime.database, world.clock, KEYRING, write=True)
        assert (again.payments, again.bookings, again.cases) == (0, 0, 0)

    async def test_what_was_sealed_once_is_not_sealed_again(self, world: World) -> None:
        await a_life(world)
        await tamper(world, "UPDATE payment SET seal = NULL, amount = 1 WHERE payment_id = 1")
        done = await seal_history(world.runtime.database, world.clock, KEYRING, write=True)
        assert (done.payments, done.refused) == (0, [1])
        assert "payment_changed" in await rules(world)

    async def test_an_unkeyed_history_counts_under_a_keyed_event_only(self, world: World) -> None:
        """The upgrade: old hashes are worth nothing until an operator's seal covers them."""
        from tests.integration.test_tampering import recompute, stored_payment

        payment = await completed(world)
        await recompute(world, payment, await stored_payment(world, payment), None)
        assert await rules(world) == {"never_sealed"}
        await seal_history(world.runtime.database, world.clock, KEYRING, write=True)
        assert await rules(world) == set()
        await tamper(world, "UPDATE payment_event SET detail = 'x' WHERE kind = 'submitting'")
        assert await rules(world) == {"event_chain"}


class TestCommands:
    @pytest.fixture
    def there(self, database_url: str, monkeypatch: pytest.MonkeyPatch) -> str:
        monkeypatch.setenv("DATABASE_URL", database_url)
        monkeypatch.setenv("SECRET_KEY", "x" * 40)
        monkeypatch.setenv("MPESA_ENVIRONMENT", "simulator")
        return database_url

    def test_check_and_checkpoint(
        self, there: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert cli.main(["seed-payments", "--count", "50"]) == 0
        assert cli.main(["check", "--since-checkpoint"]) == 1
        assert "There is no checkpoint to compare with." in capsys.readouterr().out
        assert cli.main(["checkpoint"]) == 0
        note = tmp_path / "mailed.txt"
        note.write_text(capsys.readouterr().out)
        for words in (["check"], ["check", "--since-checkpoint"]):
            assert cli.main(words) == 0
            assert "Every invariant holds; 1 checkpoints agree." in capsys.readouterr().out
        assert cli.main(["check", "--since-checkpoint", str(note)]) == 0
        note.write_text(note.read_text().replace("localhost", "localhose"))
        assert cli.main(["check", "--since-checkpoint", str(note)]) == 1
        assert "checkpoint_unreadable" in capsys.readouterr().out
        assert cli.main(["checkpoint", "--public-key"]) == 0
        assert capsys.readouterr().out.startswith("localhost:3000/books+")

    def test_seal_history(self, there: str, capsys: pytest.CaptureFixture[str]) -> None:
        assert cli.main(["seal-history"]) == 0
        said = capsys.readouterr().out
        assert said == "0 payments (KSh 0 paid), 0 bookings and 0 cases carry no seal.\n"
