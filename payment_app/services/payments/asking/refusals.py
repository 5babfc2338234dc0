"""Questions that M-Pesa, or something on the way to it, refuses: who is told, and when.

A refused question is no "still processing": while it stands, a lost callback is never made up for.
One mark in the database says so to every process, the staff home, the doctor and the metrics; the
next question that is answered takes it away. A payment that nobody can be asked about any more
becomes a case.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from payment_app.daraja import (
    QueryNoAnswer,
    QueryOutcome,
    QueryPending,
    QueryRefused,
    QueryResult,
    RefusalKind,
)
from payment_app.domain.cases import CaseKind
from payment_app.domain.lifecycle import LIVE, PaymentStatus, Source
from payment_app.services.payments import cases
from payment_app.services.payments.push import WINDOW
from payment_app.storage.database import Database
from payment_app.storage.dialect import insert_once, table_of
from payment_app.storage.rows import Rows
from payment_app.storage.tables import Mark, Payment

MARK = "query_refused"
STANDING = 2
"""This many refusals without an answer between them are no accident."""


_LOCK_MARK = select(table_of(Mark)).where(col(Mark.name) == MARK).with_for_update()


@dataclass(frozen=True)
class StandingRefusal:
    """Why our questions are refused, since when, and how often in a row.

    Attributes:
        kind: a value of `RefusalKind`.
        words: Daraja's own, masked; `""` when it wrote none.
        code: its error code, or the HTTP status.
        since: UTC, of the first of them.
    """

    kind: str
    code: str
    words: str
    times: int
    since: datetime

    @property
    def sentence(self) -> str:
        """For staff: what is wrong, and whose words these are."""
        if self.kind == RefusalKind.NOT_DARAJA:
            return (
                "Our questions about payments do not reach M-Pesa: something on the way, such as a "
                f"firewall, answers them with a page of its own ({self.code}). A payment whose "
                "callback is lost stays open until this ends."
            )
        said = f"M-Pesa said: {self.words.rstrip('. ')}" if self.words else self.code
        return (
            f"M-Pesa refuses our questions about payments ({said}). A payment whose callback is "
            "lost stays open until this ends; run the doctor."
        )

    @property
    def advice(self) -> str:
        """What to look at."""
        if self.kind == RefusalKind.NOT_DARAJA:
            return "look at the firewall or proxy on the way; keys and passkey are not the cause"
        if self.kind == RefusalKind.INVALID_REQUEST:
            return "compare shortcode and passkey with the Daraja portal; see the calls to Daraja"
        return "compare shortcode, passkey and the app's products with the Daraja portal"


def note_question(rows: Rows, outcome: QueryOutcome, at: datetime) -> None:
    """Count a refusal, or forget those before an answer, in the caller's transaction.

    Our own pace being refused needs no person, and a rail that is away tells nothing.
    """
    if isinstance(outcome, QueryRefused):
        if outcome.kind is not RefusalKind.TOO_BUSY:
            _count(rows, outcome, at)
        return
    silent = isinstance(outcome, QueryNoAnswer) and outcome.rail_down
    if isinstance(outcome, QueryResult | QueryPending) or not silent:
        rows.execute(delete(Mark).where(col(Mark.name) == MARK))


async def standing_refusal(database: Database) -> StandingRefusal | None:
    """The refusal that stands, if one does.

    Raises:
        SQLAlchemyError: the database cannot be read.
    """
    async with database.read() as session:
        return await read_standing(session)


async def read_standing(session: AsyncSession) -> StandingRefusal | None:
    """The same within a session."""
    mark = await session.get(Mark, MARK)
    if mark is None:
        return None
    facts = json.loads(mark.detail)
    found = StandingRefusal(**facts, since=mark.at)
    return found if found.times >= STANDING else None


def open_case_if_stuck(rows: Rows, payment: Payment, refused: QueryRefused, at: datetime) -> None:
    """A person is needed once no prompt can be alive any more and nobody can say how it ended.

    The caller holds the payment's lock. One case for each payment; it closes by itself when the
    result comes.
    """
    unknown = payment.status in LIVE or (
        payment.status == PaymentStatus.EXPIRED and payment.result_code is None
    )
    over = (payment.submitted_at or payment.created_at) + WINDOW <= at
    if not (unknown and over) or refused.kind is RefusalKind.TOO_BUSY:
        return
    if cases.has_case(rows, payment, CaseKind.QUERY_REFUSED):
        return
    facts = {"source": Source.QUERY.value, "refusal": refused.kind.value, "said": refused.words}
    cases.open_case(rows, payment, CaseKind.QUERY_REFUSED, facts, at=at)


def _count(rows: Rows, refused: QueryRefused, at: datetime) -> None:
    facts = {"kind": refused.kind.value, "code": refused.code, "words": refused.words}
    first = json.dumps({**facts, "times": 1}, ensure_ascii=False)
    # Another worker may be refused at the same moment.
    if insert_once(rows.connection, Mark, [{"name": MARK, "at": at, "detail": first}], "name"):
        return
    for mark in rows.read(Mark, _LOCK_MARK):  # none where another has just been answered
        times = 1 + json.loads(mark.detail)["times"]
        mark.detail = json.dumps({**facts, "times": times}, ensure_ascii=False)
