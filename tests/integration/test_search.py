"""Search against a plain reading of every row, on both databases; its plans; its cursors."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy import create_engine, event

from payment_app.domain.errors import BadInput
from payment_app.domain.phone import local_phone
from payment_app.domain.sight import EVERYTHING
from payment_app.services.demo.seeding import seed_payments
from payment_app.services.search.export import Wanted, export_csv, export_xlsx
from payment_app.services.search.payments import PaymentSearch
from payment_app.services.search.query import TAB_STATUSES, PaymentQuery, PaymentRow, Tab
from payment_app.services.search.reading import resolve
from payment_app.services.search.reading.parse import chips, parse, to_params
from payment_app.services.search.sql import statements
from payment_app.storage.database import Database, sync_url
from tests.books import KEYRING
from tests.conftest import FakeClock, fresh_database

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
ROWS = 12_000
"""Enough for both planners to prefer an index wherever there is one."""


@pytest_asyncio.fixture
async def search(seeded_url: str) -> AsyncIterator[PaymentSearch]:
    database = Database(seeded_url)
    yield PaymentSearch(database, FakeClock())
    await database.close()


@pytest_asyncio.fixture
async def everything(search: PaymentSearch) -> list[PaymentRow]:
    return [row async for rows in search.stream(PaymentQuery()) for row in rows]


async def found(search: PaymentSearch, **params: str) -> set[int]:
    query = parse(params, NOW, EVERYTHING)
    return {row.payment_id async for rows in search.stream(query, 500) for row in rows}


def ids(rows: list[PaymentRow], holds: Callable[[PaymentRow], Any]) -> set[int]:
    return {row.payment_id for row in rows if holds(row)}


def pick(rows: list[PaymentRow], holds: Callable[[PaymentRow], Any]) -> PaymentRow:
    return next(row for row in rows[len(rows) // 2 :] if holds(row))


async def test_each_way_to_ask_finds_what_a_plain_reading_finds(
    search: PaymentSearch, everything: list[PaymentRow]
) -> None:
    rows = everything
    assert len(rows) >= ROWS
    paid = pick(rows, lambda row: row.receipt)
    phone, receipt = paid.phone_number, paid.receipt or ""
    first, last = paid.customer_name.split()[:2]
    week_ago = NOW - timedelta(days=30)

    def named(*parts: str) -> Callable[[PaymentRow], bool]:
        return lambda row: all(
            any(word.lower().startswith(part.lower()) for word in row.customer_name.split())
            for part in parts
        )

    cases: list[tuple[dict[str, str], Callable[[PaymentRow], Any]]] = [
        ({"q": local_phone(phone)}, lambda row: row.phone_number == phone),
        ({"q": f"+{phone}"}, lambda row: row.phone_number == phone),
        ({"q": f"phone:{phone[-3:]}"}, lambda row: row.phone_number.endswith(phone[-3:])),
        ({"q": f"phone:0{phone[3:6]}"}, lambda row: row.phone_number.startswith(phone[:6])),
        ({"q": receipt}, lambda row: row.receipt == receipt),
        (
            {"q": f"receipt:{receipt[:6].lower()}"},
            lambda row: (row.receipt or "").startswith(receipt[:6]),
        ),
        ({"q": f"booking:{paid.reference}"}, lambda row: row.reference.startswith(paid.reference)),
        ({"q": f"name:{last}"}, named(last)),
        ({"q": f'name:"{first} {last}"'}, named(first, last)),
        ({"q": f"name:{last[:3].lower()}"}, named(last[:3])),
        ({"q": "amount:2500"}, lambda row: row.amount == 2_500),
        ({"q": "amount:>5000"}, lambda row: row.amount > 5_000),
        ({"amount": "1000..2500"}, lambda row: 1_000 <= row.amount <= 2_500),
        ({"code": "1032"}, lambda row: row.result_code == "1032"),
        (
            {"q": "code:1032 amount:500"},
            lambda row: row.result_code == "1032" and row.amount == 500,
        ),
        (
            {"ids": f"{paid.payment_id},1,999999999"},
            lambda row: row.payment_id in (paid.payment_id, 1),
        ),
        ({"channel": "mpesa"}, lambda row: row.channel == "mpesa"),
        ({"channel": "paybill"}, lambda row: False),
        ({"status": "cancelled,failed"}, lambda row: row.status in ("cancelled", "failed")),
        ({"q": "status:paid"}, lambda row: row.status == "completed"),
        ({"date": "30d"}, lambda row: row.created_at >= week_ago - timedelta(days=1)),
        (
            {"from": "2026-10-01", "to": "2026-10-31"},
            lambda row: _nairobi(row.created_at, 2026, 10),
        ),
    ]
    for params, holds in cases:
        expected = ids(rows, holds)
        if "date" in params:
            assert await found(search, **params) <= expected, params
        else:
            assert await found(search, **params) == expected, params
    free = await found(search, q=f"{first} {last}")
    assert free >= ids(rows, named(first, last))
    assert paid.payment_id in await found(search, q=f"#{paid.payment_id}")


@pytest.fixture
def everything_is_many(monkeypatch: pytest.MonkeyPatch) -> None:
    """The limits so low that some thousand rows are answered as a million are."""
    monkeypatch.setattr(resolve, "FEW", 2)
    monkeypatch.setattr(resolve, "FEW_IN_TIME", 60)
    monkeypatch.setattr(statements, "PROBED", 300)


@pytest.mark.usefixtures("everything_is_many")
async def test_what_is_too_much_to_name_is_found_too(
    search: PaymentSearch, everything: list[PaymentRow]
) -> None:
    await test_each_way_to_ask_finds_what_a_plain_reading_finds(search, everything)


@pytest.mark.usefixtures("everything_is_many")
@pytest.mark.parametrize("sort", ["newest", "oldest", "amount_low"])
async def test_pages_of_much_are_those_of_a_plain_reading(
    search: PaymentSearch, everything: list[PaymentRow], sort: str
) -> None:
    phones = [row.phone_number for row in everything]
    busy = max(set(phones), key=phones.count)
    cases: list[tuple[dict[str, str], Callable[[PaymentRow], Any]]] = [
        ({"q": "booking:H1"}, lambda row: row.reference.startswith("H1")),
        ({"q": "H12", "tab": "paid"}, lambda row: _paid(row) and row.reference.startswith("H12")),
        ({"q": "receipt:HSHA"}, lambda row: (row.receipt or "").startswith("HSHA")),
        ({"q": "receipt:HSH"}, lambda row: row.receipt),
        ({"q": busy}, lambda row: row.phone_number == busy),
        ({"q": busy, "tab": "paid"}, lambda row: _paid(row) and row.phone_number == busy),
        ({"q": f"phone:{busy} code:0"}, lambda row: _paid(row) and row.phone_number == busy),
        ({"code": "1032,2001"}, lambda row: row.result_code in ("1032", "2001")),
        ({"code": "0", "channel": "mpesa"}, _paid),
        ({"q": "wanjiku 2500"}, lambda row: "Wanjiku" in row.customer_name and _means_2500(row)),
    ]
    order = {"newest": _time, "oldest": _time, "amount_low": _amount}[sort]
    for params, holds in cases:
        query = parse({"sort": sort, **params}, NOW, EVERYTHING)
        rows = [row for row in everything if holds(row)]
        expected = [r.payment_id for r in sorted(rows, key=order, reverse=sort == "newest")]
        first = await search.page(query, limit=7)
        second = await search.page(query, after=first.next, limit=7) if first.next else None
        shown = [row.payment_id for page in (first, second) if page for row in page.rows]
        assert shown == expected[:14], params
        count = (await search.counts(query))[query.tab]
        assert count.number == len(expected) or (count.capped and count.number < len(expected))


def _means_2500(row: PaymentRow) -> bool:
    return 2_500 in (row.amount, row.payment_id) or row.phone_number.endswith("2500")


def _paid(row: PaymentRow) -> bool:
    return row.status == "completed"


def _time(row: PaymentRow) -> Any:
    return row.created_at, row.payment_id


def _amount(row: PaymentRow) -> Any:
    return row.amount, row.payment_id


def _nairobi(at: datetime, year: int, month: int) -> bool:
    local = at + timedelta(hours=3)
    return (local.year, local.month) == (year, month)


async def test_tabs_count_what_they_list(
    search: PaymentSearch, everything: list[PaymentRow]
) -> None:
    counts = await search.counts(PaymentQuery())
    for tab, statuses in TAB_STATUSES.items():
        exact = len(ids(everything, lambda row, s=statuses: row.status in s))
        count = counts[tab]
        assert count.number == min(exact, 9_999)
        assert count.capped == (exact > 9_999)
    assert counts[Tab.ALL].capped
    narrow = await search.counts(parse({"code": "1032", "tab": "paid"}, NOW, EVERYTHING))
    assert narrow[Tab.FAILED].number == len(await found(search, code="1032"))
    assert narrow[Tab.PAID].number == 0


async def test_totals_are_exact(search: PaymentSearch, everything: list[PaymentRow]) -> None:
    totals = await search.totals(parse({"tab": "paid"}, NOW, EVERYTHING))
    paid = [row.amount for row in everything if row.status == "completed"]
    assert (totals.count, totals.amount) == (len(paid), sum(paid, start=Decimal(0)))


@pytest.mark.parametrize("sort", ["newest", "oldest", "amount_high", "amount_low"])
@pytest.mark.parametrize("tab", ["all", "failed"])
async def test_pages_meet_without_gap_or_overlap_and_lead_back(
    search: PaymentSearch, sort: str, tab: str
) -> None:
    query = parse(
        {"sort": sort, "tab": tab, "code": "" if tab == "all" else "1032"}, NOW, EVERYTHING
    )
    expected = [row.payment_id async for rows in search.stream(query, 700) for row in rows]
    seen: list[int] = []
    after = ""
    pages = []
    for _ in range(6):
        page = await search.page(query, after=after, limit=50)
        seen += [row.payment_id for row in page.rows]
        pages.append(page)
        after = page.next
    assert seen == expected[:300]
    assert pages[0].previous == ""
    back = await search.page(query, before=pages[3].previous, limit=50)
    assert [row.payment_id for row in back.rows] == expected[100:150]


@pytest.mark.parametrize("cursor", ["x", "....", "AAAA", "a" * 500, "ä", "\x00"])
async def test_a_broken_cursor_is_said(search: PaymentSearch, cursor: str) -> None:
    with pytest.raises(BadInput) as caught:
        await search.page(PaymentQuery(), after=cursor)
    assert caught.value.code == "invalid_cursor"


async def test_what_stands_above_the_first_row_is_new(search: PaymentSearch) -> None:
    page = await search.page(PaymentQuery())
    assert await search.newer(PaymentQuery(), page.rows[0]) == 0
    assert await search.newer(PaymentQuery(), page.rows[7]) == 7
    deep = (await search.page(PaymentQuery(), limit=200)).rows[-1]
    assert await search.newer(PaymentQuery(), deep) == 99


@pytest.mark.parametrize(
    ("params", "code"),
    [
        ({"q": "amount:abc"}, "invalid_amount"),
        ({"q": "amount:5..x"}, "invalid_amount"),
        ({"q": "colour:red"}, "invalid_q"),
        ({"q": "status:nice"}, "invalid_status"),
        ({"tab": "nice"}, "invalid_tab"),
        ({"sort": "nice"}, "invalid_sort"),
        ({"date": "someday"}, "invalid_date"),
        ({"from": "2026-13-01"}, "invalid_from"),
        ({"q": "x" * 201}, "invalid_q"),
        ({"q": "a b c d e f g h i"}, "invalid_q"),
        ({"ids": "1,x"}, "invalid_ids"),
        ({"ids": ",".join(map(str, range(1, 60)))}, "invalid_ids"),
        ({"q": "bad \x00 character"}, "invalid_q"),
    ],
)
def test_what_cannot_be_read_is_said(params: dict[str, str], code: str) -> None:
    with pytest.raises(BadInput) as caught:
        parse(params, NOW, EVERYTHING)
    assert caught.value.code == code
    assert len(caught.value.sentence) > 10


@pytest.mark.parametrize(
    "params",
    [
        {},
        {"q": "jane 0712345678", "tab": "failed", "sort": "amount_low"},
        {"q": 'name:"mary w" amount:>5000 code:1032', "date": "last-week"},
        {"from": "2026-11-01", "to": "2026-11-20", "status": "paid", "channel": "mpesa"},
        {"q": "status:failed,expired booking:bk7 receipt:sg7 phone:678"},
        {"ids": "12,15,3", "q": "KSh 2,500 jane"},
    ],
)
def test_a_query_survives_its_address(params: dict[str, str]) -> None:
    query = parse(params, NOW, EVERYTHING)
    assert parse(to_params(query), NOW, EVERYTHING) == query
    for chip in chips(query):
        assert parse(chip.params_without, NOW, EVERYTHING) != query


async def test_an_export_holds_exactly_what_is_filtered(
    search: PaymentSearch, everything: list[PaymentRow], tmp_path: Path
) -> None:
    query = parse({"tab": "failed", "amount": ">1000"}, NOW, EVERYTHING)
    expected = await search.totals(query)
    text_ = b"".join([chunk async for chunk in export_csv(search, query, Wanted())]).decode()
    lines = text_.removeprefix("\ufeff").splitlines()
    assert len(lines) == expected.count + 1
    assert sum(Decimal(line.split(",")[4]) for line in lines[1:]) == expected.amount
    phones = {row.phone_number for row in everything}
    assert not any(phone in text_ for phone in list(phones)[:500])
    full = b"".join([chunk async for chunk in export_csv(search, query, Wanted(reveal=True))])
    assert re.search(rb"2547\d{8}", full)
    sheet = b"".join([chunk async for chunk in export_xlsx(search, query, Wanted())])
    assert sheet.startswith(b"PK")


class Seen:
    """The statements that a search sent, with their values."""

    def __init__(self) -> None:
        self.statements: list[tuple[str, Any]] = []

    def __call__(self, _c: Any, _cursor: Any, statement: str, values: Any, *_: Any) -> None:
        if statement.lstrip().upper().startswith(("SELECT", "WITH")):
            self.statements.append((statement, values))


QUESTIONS = {
    "first page": {},
    "oldest": {"sort": "oldest"},
    "amount": {"sort": "amount_high"},
    "paid": {"tab": "paid"},
    "waiting": {"tab": "waiting"},
    "failed": {"tab": "failed"},
    "check": {"tab": "check"},
    "refunded": {"tab": "refunded", "sort": "amount_low"},
    "phone": {"q": "0712345678"},
    "last digits": {"q": "phone:678"},
    "beginning": {"q": "phone:0712"},
    "receipt": {"q": "receipt:HSHABC"},
    "reference": {"q": "booking:H12"},
    "name": {"q": "name:wanjiku"},
    "rare name": {"q": "zzz"},
    "free": {"q": "HSHABC"},
    "number": {"q": "2500"},
    "amount range": {"amount": ">10000"},
    "code": {"code": "2001"},
    "channel": {"channel": "paybill"},
    "date": {"date": "7d"},
    "date and status": {"date": "30d", "tab": "failed"},
}


@pytest.mark.parametrize("name", QUESTIONS)
async def test_no_question_reads_a_whole_table(
    search: PaymentSearch, seeded_url: str, name: str
) -> None:
    query = parse(QUESTIONS[name], NOW, EVERYTHING)
    seen = Seen()
    engine = search._database._reader.sync_engine
    event.listen(engine, "before_cursor_execute", seen)
    try:
        page = await search.page(query)
        if page.next:
            await search.page(query, after=page.next)
        await search.counts(query)
        await search.newer(query, page.rows[0] if page.rows else None)
        await search.rows(row.payment_id for row in page.rows)
    finally:
        event.remove(engine, "before_cursor_execute", seen)
    assert seen.statements
    assert whole_scans(seeded_url, seen.statements) == []


def whole_scans(url: str, statements: list[tuple[str, Any]]) -> list[str]:
    """The plans' steps that read a big table from end to end.

    PostgreSQL rightly reads a table of a few hundred pages whole: here it is asked to do so only
    where no index fits. `tests/benchmarks/test_search.py` looks at a million rows without that.
    """
    engine = create_engine(sync_url(url))
    with engine.connect() as connection:
        if engine.dialect.name == "postgresql":
            connection.exec_driver_sql("SET enable_seqscan = off")
        found = [
            step
            for statement, values in statements
            for step in plan_scans(connection, engine.dialect.name, statement, values)
        ]
    engine.dispose()
    return found


def plan_scans(connection: Any, dialect: str, statement: str, values: Any) -> list[str]:
    """The same of one statement, as the planner is set."""
    if dialect == "sqlite":
        plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)
        steps = [row[3] for row in plan]
        big = re.compile(r"^SCAN (payment|booking|user_account)\b(?!.* USING )")
        return [step for step in steps if big.search(step)]
    rows = connection.exec_driver_sql(f"EXPLAIN (FORMAT JSON) {statement}", values)
    tree = rows.scalar_one()
    plan_text = tree if isinstance(tree, str) else json.dumps(tree)
    return re.findall(
        r'"Node Type": "Seq Scan"[^{}]*?"Relation Name": "(?:payment|booking|user_account)"',
        plan_text,
    )


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def seeded_url(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """A history of some thousand payments, made once for each kind of database."""
    with fresh_database(request, tmp_path_factory.mktemp("history")) as url:
        seed_payments(url, ROWS, NOW, keyring=KEYRING)
        yield url
