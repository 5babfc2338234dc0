"""A statement beside our payments: agreement, and each way to differ, on both databases."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from payment_app import cli
from payment_app.domain.errors import BadInput
from payment_app.services.books.comparison import Books, Comparison, Difference
from payment_app.services.books.statement import read_statement
from payment_app.services.books.words import sentence_of, summary_of
from payment_app.simulator.mpesa.statement import statement_csv
from payment_app.storage.tables import Payment
from tests.conftest import FakeClock
from tests.integration.kit import completed, run_sql
from tests.integration.world import World


async def three_payments(world: World, clock: FakeClock) -> list[Payment]:
    """Paid an hour apart, by three phones, so that the middle one is well inside the period."""
    paid = []
    for phone in ("254711000001", "254711000002", "254711000003"):
        paid.append(await completed(world, phone=phone))
        clock.advance(3_600)
    return paid


def exported(world: World) -> str:
    return statement_csv(world.simulator.ledger, "174379")


async def compared(world: World, text: str) -> Comparison:
    books = Books(world.runtime.database, shortcodes=["174379"])
    return await books.compare(read_statement(text.encode()))


async def only_finding(world: World, text: str) -> tuple[Difference, str]:
    found = await compared(world, text)
    (finding,) = found.findings
    assert not found.matches
    return finding.difference, sentence_of(finding)


async def test_the_rails_own_statement_agrees(world: World, clock: FakeClock) -> None:
    await three_payments(world, clock)
    found = await compared(world, exported(world))
    assert found.matches
    assert found.agreeing == 3
    assert summary_of(found).startswith("The books match M-Pesa's: 3 payments agree, 23 Nov 2026")
    assert {kind.value: total.amount for kind, total in found.totals.items()} == {"payment": 7_500}


async def test_money_that_we_do_not_know(world: World, clock: FakeClock) -> None:
    await three_payments(world, clock)
    booking = await world.booking()
    line = exported(world).splitlines()[-1]
    receipt, reference = line.split(",")[0], world.references[0]
    unknown = line.replace(receipt, "UKN0WN0001").replace(
        f"Acc. {reference}", f"Acc. {booking.reference.lower()} "
    )
    difference, words = await only_finding(world, exported(world) + unknown + "\n")
    assert difference is Difference.UNKNOWN_HERE
    assert words.endswith(f"Its account number is that of booking {booking.reference}.")
    nobodys = unknown.replace(booking.reference.lower(), "Acme")
    _, words = await only_finding(world, exported(world) + nobodys + "\n")
    assert words.endswith("Its account number is no booking's.")


async def test_money_that_safaricom_does_not_know(world: World, clock: FakeClock) -> None:
    _, middle, _ = await three_payments(world, clock)
    lines = [x for x in exported(world).splitlines() if str(middle.mpesa_receipt_number) not in x]
    found = await compared(world, "\n".join(lines))
    (finding,) = found.findings
    assert finding.difference is Difference.NOT_ON_STATEMENT
    assert f"receipt {middle.mpesa_receipt_number}" in sentence_of(finding)
    assert found.statement.doubts, "the balance jumps where the line was"


async def test_at_the_ends_of_a_statement_nothing_is_missed_too_early(
    world: World, clock: FakeClock
) -> None:
    await three_payments(world, clock)
    clock.advance(60)
    await completed(world, phone="254711000009")
    newest, *rest = exported(world).splitlines()[1:]
    assert (await compared(world, "\n".join([exported(world).splitlines()[0], *rest]))).matches
    assert newest


@pytest.mark.parametrize(
    ("change", "difference", "words"),
    [
        ("amount = 2400", Difference.OTHER_AMOUNT, "here says KSh 2,400."),
        ("status = 'failed'", Difference.NOT_PAID_HERE, "“failed”. Look at its history"),
        ("mpesa_receipt_number = NULL", Difference.NO_RECEIPT, "has no receipt number yet."),
    ],
)
async def test_each_field_that_differs_is_named(
    world: World, clock: FakeClock, change: str, difference: Difference, words: str
) -> None:
    _, middle, _ = await three_payments(world, clock)
    statement = exported(world)
    await run_sql(world, f"UPDATE payment SET {change} WHERE payment_id = {middle.payment_id}")
    found = await compared(world, statement)
    said = {finding.difference: sentence_of(finding) for finding in found.findings}
    assert words in said[difference]
    rest = said.keys() - {difference}
    assert rest <= {Difference.UNKNOWN_HERE}, "a receipt that we lack is unknown here as well"


async def test_a_payment_of_another_booking(world: World, clock: FakeClock) -> None:
    _, middle, _ = await three_payments(world, clock)
    statement = exported(world).replace(f"Acc. {world.references[1]}", "Acc. BK0002")
    difference, words = await only_finding(world, statement)
    assert difference is Difference.OTHER_BOOKING
    assert f"payment {middle.payment_id} here belongs to booking {world.references[1]}." in words


async def test_the_statement_of_another_business_is_refused(world: World) -> None:
    foreign = "Short Code:,600100\nReceipt No,Completion Time,Details,Paid In,Withdrawn\n"
    foreign += "UK20AAAA01,2026-11-20 09:00:00,Pay Bill,5,\n"
    with pytest.raises(BadInput, match="statement of 600100"):
        await compared(world, foreign)


def test_the_command_says_what_it_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("payment_app.cli.outcome.quiet_logs", lambda: None)
    assert cli.main(["migrate"]) == 0
    file = tmp_path / "statement.csv"
    file.write_text(
        "Receipt No,Completion Time,Details,Paid In,Withdrawn\n"
        "UK20AAAA01,2026-11-20 09:00:00,Pay Bill from 2547****111 Acc. BK1,1500,\n"
    )
    assert cli.main(["statement", str(file)]) == 1
    said = capsys.readouterr().out
    assert "0 payments agree and 1 differs, 20 Nov 2026 09:00 to 20 Nov 2026 09:00." in said
    assert "✗ UK20AAAA01 (line 2): M-Pesa received KSh 1,500 at 20 Nov 2026 09:00 for" in said
    with closing(sqlite3.connect("data/payment_app.db")) as database:
        assert database.execute("SELECT count(*) FROM payment").fetchone() == (0,)
    assert cli.main(["statement", str(tmp_path / "none.csv")]) == 1
    assert "cannot be read" in capsys.readouterr().err
    file.write_text("a,b\n")
    assert cli.main(["statement", str(file)]) == 1
    assert "This is no M-Pesa statement" in capsys.readouterr().err
