"""Backups that were read back, and a restored app that reconciles before it takes money."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from payment_app import cli
from payment_app.services.operations.backup import BackupFailed, back_up, backup_name, forget_old
from payment_app.services.operations.restore import MARK, mark_restored
from payment_app.services.shared.checkpoint import read_mark
from tests.conftest import FakeClock
from tests.integration.kit import completed, refused
from tests.integration.world import PHONE, World, close_world, open_world

NEW_PHONE = "254733000000"


class TestTheCopy:
    def url(self, path: Path) -> str:
        return f"sqlite:///{path}"

    def test_it_is_whole_private_and_marked(
        self, sqlite_template: Path, tmp_path: Path, clock: FakeClock
    ) -> None:
        target = tmp_path / "new" / "copy.db"
        made = back_up(self.url(sqlite_template), target, clock())
        assert (made.path, made.payments) == (target, 0)
        assert made.size == target.stat().st_size > 0
        assert target.stat().st_mode & 0o077 == 0
        with closing(sqlite3.connect(target)) as copy:
            assert copy.execute("SELECT name FROM app_mark").fetchall() == [(MARK,)]
        with closing(sqlite3.connect(sqlite_template)) as ours:
            assert ours.execute("SELECT name FROM app_mark").fetchall() == []
        assert [p.name for p in target.parent.iterdir()] == ["copy.db"]

    def test_nothing_is_overwritten(
        self, sqlite_template: Path, tmp_path: Path, clock: FakeClock
    ) -> None:
        target = tmp_path / "copy.db"
        target.write_text("precious")
        with pytest.raises(BackupFailed, match="exists already"):
            back_up(self.url(sqlite_template), target, clock())
        assert target.read_text() == "precious"

    def test_a_damaged_database_gives_no_backup(
        self, sqlite_template: Path, tmp_path: Path, clock: FakeClock
    ) -> None:
        damaged = tmp_path / "damaged.db"
        content = bytearray(sqlite_template.read_bytes())
        content[8_192:40_960] = b"\x00" * 32_768
        damaged.write_bytes(content)
        with pytest.raises(BackupFailed):
            back_up(self.url(damaged), tmp_path / "copy.db", clock())
        assert [p.name for p in tmp_path.iterdir() if "copy" in p.name] == []

    def test_an_older_schema_asks_for_migrate_first(
        self, sqlite_template: Path, tmp_path: Path, clock: FakeClock
    ) -> None:
        old = tmp_path / "old.db"
        old.write_bytes(sqlite_template.read_bytes())
        with closing(sqlite3.connect(old)) as database, database:
            database.execute("UPDATE alembic_version SET version_num = '0001'")
        with pytest.raises(BackupFailed, match="run migrate first"):
            back_up(self.url(old), tmp_path / "copy.db", clock())

    def test_postgresql_and_a_missing_file_are_named(
        self, tmp_path: Path, clock: FakeClock
    ) -> None:
        with pytest.raises(BackupFailed, match="PostgreSQL"):
            back_up("postgresql://u@h/n", tmp_path / "copy.db", clock())
        with pytest.raises(BackupFailed, match="no database"):
            back_up(self.url(tmp_path / "none.db"), tmp_path / "copy.db", clock())
        assert not (tmp_path / "none.db").exists()

    def test_only_our_own_old_copies_are_forgotten(self, tmp_path: Path, clock: FakeClock) -> None:
        names = []
        for _ in range(4):
            clock.advance(60)
            names.append(backup_name(clock()))
            (tmp_path / names[-1]).touch()
        (tmp_path / "aaa.db").touch()
        forget_old(tmp_path, 2)
        assert sorted(p.name for p in tmp_path.iterdir()) == ["aaa.db", *names[2:]]


class TestTheCommand:
    @pytest.fixture(autouse=True)
    def _own_folder(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir(tmp_path)
        monkeypatch.setattr("payment_app.cli.outcome.quiet_logs", lambda: None)

    def test_backup_into_the_usual_folder_keeps_the_newest(
        self, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert cli.main(["migrate"]) == 0
        folder = Path("data/backups")
        folder.mkdir(parents=True)
        (folder / "payment_app-20200101T000000Z.db").touch()
        capsys.readouterr()
        assert cli.main(["backup", "--keep", "1"]) == 0
        said = capsys.readouterr().out
        assert "0 payments" in said
        assert "20200101T000000Z.db was deleted" in said
        (copy,) = folder.iterdir()
        assert str(copy) in said

    def test_backup_says_what_is_wrong(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert cli.main(["backup"]) == 1
        assert "There is no database" in capsys.readouterr().err
        assert cli.main(["backup", "--keep", "0"]) == 2

    def test_check_says_what_it_saw(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert cli.main(["check"]) == 1
        assert "could not be read" in capsys.readouterr().err
        assert cli.main(["migrate"]) == 0
        assert cli.main(["check"]) == 0
        assert "Every invariant holds; 0 checkpoints agree." in capsys.readouterr().out
        self.break_a_total()
        assert cli.main(["check"]) == 1
        assert "✗ booking_total: booking 1:" in capsys.readouterr().out

    def test_restored_sets_the_mark(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert cli.main(["migrate"]) == 0
        assert cli.main(["restored", "--to", "2026-11-24T09:00:00+03:00"]) == 0
        with closing(sqlite3.connect("data/payment_app.db")) as database:
            marks = database.execute("SELECT name, at FROM app_mark").fetchall()
        assert marks == [(MARK, "2026-11-24 06:00:00.000000")]
        assert cli.main(["restored", "--to", "2026-11-24T09:00:00"]) == 2

    def break_a_total(self) -> None:
        with closing(sqlite3.connect("data/payment_app.db")) as database, database:
            database.execute("INSERT INTO user_account (name, phone_number) VALUES ('A', '254')")
            database.execute(
                "INSERT INTO booking (user_id, reference, title, amount, amount_paid, status,"
                " pay_token) VALUES (1, 'A1', 'Unit', 100, 40, 'part_paid', 't')"
            )


async def test_a_restored_app_asks_before_it_takes_new_payments(
    world: World, clock: FakeClock, database_url: str
) -> None:
    paid = await completed(world)
    waiting = await world.pushed(await world.booking(), phone="254722000000")
    world.simulator.misbehave("lost")
    world.simulator.enter_pin("254722000000", "1234")
    await mark_restored(world.runtime.database, clock())
    restore = world.runtime.restore
    await restore.begin()
    booking = await world.booking()
    words = refused(await world.push(booking, phone=NEW_PHONE), 503, "reconciling")
    assert "Nothing was sent and no money moved" in words
    await restore.work()
    after = await world.payment(waiting.payment_id)
    assert (after.status, after.witness) == ("completed", "query")
    assert (await world.payment(paid.payment_id)).checks_done == paid.checks_done
    assert restore.reconciling, "prompts of the lost hours may still be answered"
    clock.advance(180)
    await restore.work()
    assert not restore.reconciling
    assert (await world.push(booking, phone=NEW_PHONE)).status_code == 200
    assert await read_mark(world.runtime.database, MARK) is None


async def test_while_mpesa_is_away_a_restored_app_stays_shut(
    world: World, clock: FakeClock
) -> None:
    await world.pushed(await world.booking())
    world.simulator.fault("stk_query", "http_503", count=None)
    await mark_restored(world.runtime.database, clock())
    await world.runtime.restore.begin()
    for _ in range(10):
        clock.advance(120)
        await world.runtime.restore.work()
    assert world.runtime.restore.reconciling
    world.simulator.behave()
    await world.runtime.restore.work()
    assert not world.runtime.restore.reconciling


async def test_another_worker_opens_when_one_has_finished(world: World, clock: FakeClock) -> None:
    await mark_restored(world.runtime.database, clock())
    await world.runtime.restore.begin()
    url = world.runtime.settings.database_url
    second = await open_world(url, clock)
    await second.runtime.restore.begin()
    clock.advance(180)
    await second.runtime.restore.work()
    await world.runtime.restore.work()
    assert not world.runtime.restore.reconciling
    await close_world(second)


async def test_a_backup_restores_into_an_app_that_finds_what_it_missed(
    tmp_path: Path, sqlite_template: Path, clock: FakeClock
) -> None:
    live = tmp_path / "live.db"
    shutil.copy(sqlite_template, live)
    before = await open_world(f"sqlite:///{live}", clock)
    payment = await before.pushed(await before.booking())
    made = back_up(f"sqlite:///{live}", tmp_path / "copy.db", clock())
    assert made.payments == 1
    before.simulator.enter_pin(PHONE, "1234")
    await before.settle()
    assert (await before.payment(payment.payment_id)).status == "completed"
    # The machine is lost; the copy takes its place.
    clock.advance(3_600)
    after = await open_world(f"sqlite:///{made.path}", clock, daraja=before)
    await after.runtime.restore.begin()
    assert (await after.payment(payment.payment_id)).status == "pending"
    for _ in range(2):
        await after.runtime.restore.work()
        clock.advance(180)
    assert not after.runtime.restore.reconciling
    assert (await after.payment(payment.payment_id)).status == "completed"
    await close_world(after)
    await close_world(before)
