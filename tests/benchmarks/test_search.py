"""How long a page of payments takes, by kind of question; printed, never judged by the clock.

    pytest tests/benchmarks/test_search.py -s
    SEARCH_URL=sqlite:////path/to/seeded.db pytest tests/benchmarks/test_search.py -s

Without SEARCH_URL a small history is made. For a million payments make one first:
`DATABASE_URL=… python -m payment_app seed-payments --count 1000000`. There the plans are looked at
too, as the planner is set: no question may read a big table from end to end.
"""

from __future__ import annotations

import os
import re
import statistics
import time
from collections.abc import Iterator

import pytest
from sqlalchemy import create_engine, event, text

from payment_app.domain.sight import EVERYTHING, NOTHING
from payment_app.services.demo.seeding import seed_payments
from payment_app.services.search.payments import PaymentSearch
from payment_app.services.search.query import PaymentQuery
from payment_app.services.search.reading.parse import parse
from payment_app.services.shared.clock import system_clock
from payment_app.storage.database import Database, sync_url
from payment_app.storage.migrate import migrate
from tests.books import KEYRING
from tests.integration.test_search import QUESTIONS, Seen, plan_scans

TIMES = int(os.environ.get("SEARCH_TIMES", "15"))
ONLY = os.environ.get("SEARCH_ONLY", "")
"""A regular expression: only the questions whose name it finds."""

BROAD = {
    "broad reference": {"q": "booking:H1"},
    "broader": {"q": "booking:H"},
    "free reference": {"q": "H12"},
    "broad receipt": {"q": "receipt:HSHA"},
    "code 1032": {"code": "1032"},
    "two codes": {"code": "1032,2001"},
    "code, oldest": {"code": "1032", "sort": "oldest"},
    "code, amount": {"code": "2001", "amount": ">10000"},
    "code by amount": {"code": "1032", "sort": "amount_high"},
    "all by channel": {"channel": "mpesa"},
    "2500 exactly": {"amount": "2500"},
}
"""What many rows answer to, and what answers to rows far from where the list begins."""
SHOWN = ("beginning", "reference", "name", "free", "free reference", "number", "broad reference")
"""Asked as somebody asks who sees masked numbers, too."""


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    given = os.environ.get("SEARCH_URL")
    if given:
        yield given
        return
    made = f"sqlite:///{tmp_path_factory.mktemp('search') / 'history.db'}"
    migrate(made)
    seed_payments(made, 5_000, system_clock(), keyring=KEYRING)
    yield made


async def _page_500(search: PaymentSearch) -> str:
    after = ""
    for _ in range(499):
        after = (await search.ids(PaymentQuery(), after=after, limit=50)).next or after
    return after


async def test_pages_of_payments(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    database = Database(url)
    search = PaymentSearch(database, system_clock())
    row = (await search.page(PaymentQuery(), limit=200)).rows[-1]
    first, last = row.customer_name.split()[:2]
    busy = _busiest(url)
    own = {
        "that phone": {"q": row.phone_number},
        "its last digits": {"q": f"phone:{row.phone_number[-4:]}"},
        "that customer": {"q": f"{first} {last}"},
        "that booking": {"q": row.reference},
        "that receipt": {"q": row.receipt or "HSH"},
        "busy phone": {"q": f"phone:{busy}"},
        "busy phone, free": {"q": busy},
        "busy, by amount": {"q": f"phone:{busy}", "sort": "amount_low"},
    }
    asked = {**QUESTIONS, **BROAD, **own, "page 500": {}}
    questions = [(name, params, EVERYTHING) for name, params in asked.items()]
    questions += [(f"{name} •", asked[name], NOTHING) for name in (*SHOWN, "that customer")]
    deep = await _page_500(search)
    seen = Seen()
    event.listen(database._reader.sync_engine, "before_cursor_execute", seen)
    lines = []
    for name, params, sight in questions:
        if not re.search(ONLY, name):
            continue
        query = parse(params, system_clock(), sight)
        times: dict[str, list[float]] = {"page": [], "counts": []}
        for _ in range(TIMES):
            start = time.perf_counter()
            await search.page(query, after=deep if name == "page 500" else "")
            times["page"].append(time.perf_counter() - start)
            start = time.perf_counter()
            await search.counts(query)
            times["counts"].append(time.perf_counter() - start)
        shown = [
            f"{what} p50 {statistics.median(all_) * 1e3:6.1f} p95 {_p95(all_) * 1e3:6.1f} ms"
            for what, all_ in times.items()
        ]
        lines.append(f"{name:18} {'   '.join(shown)}")
    number = (await search.totals(PaymentQuery())).count
    await database.close()
    with capsys.disabled():
        print(f"\n{number:,} payments, {url.split(':')[0]}, {TIMES} times each")
        print(*lines, sep="\n")
    if number >= 1_000_000:
        assert _whole_scans(url, seen) == []


def _busiest(url: str) -> str:
    """The phone with the most payments, as people type it."""
    engine = create_engine(sync_url(url))
    with engine.connect() as connection:
        phone: str = connection.execute(
            text("SELECT phone_number FROM payment GROUP BY 1 ORDER BY count(*) DESC LIMIT 1")
        ).scalar_one()
    engine.dispose()
    return f"0{phone[3:]}"


def _p95(times: list[float]) -> float:
    return statistics.quantiles(times, n=20, method="inclusive")[18]


def _whole_scans(url: str, seen: Seen) -> list[str]:
    engine = create_engine(sync_url(url))
    with engine.connect() as connection:
        found = [
            f"{step}: {statement[:300]}"
            for statement, values in dict(seen.statements).items()
            for step in plan_scans(connection, engine.dialect.name, statement, values)
        ]
    engine.dispose()
    return found
