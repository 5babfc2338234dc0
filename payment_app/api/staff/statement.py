"""An M-Pesa statement, compared with the payments over HTTP: nothing of it is kept."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

from payment_app.api.access import Services, Signed, own_origin
from payment_app.domain.errors import BadInput, Unavailable
from payment_app.domain.staff import Permission
from payment_app.services.books.comparison import Comparison, Finding
from payment_app.services.books.statement import Skipped, read_statement
from payment_app.services.books.words import sentence_of, summary_of
from payment_app.services.shared.policy import declares, staff
from payment_app.services.staff.audit import note_action

router = APIRouter(include_in_schema=False)

LARGEST_FILE = 16 * 1024 * 1024
"""Bytes; about 100,000 lines."""
SLOWEST_FILE = 120.0
"""Seconds that the whole file may take to arrive."""
MOST_SHOWN = 500

_one_at_a_time = asyncio.Semaphore(1)
"""A file is held in memory while it is read: members wait for each other."""


@router.post("/api/staff/statement")
@declares(staff(Permission.EXPORT))
async def compare_statement(request: Request, services: Services, who: Signed) -> JSONResponse:
    """What differs between the file in the body and the payments of its period.

    The body is not read before the caller is known: strangers fill no memory.
    """
    own_origin(request, services)
    who.require(Permission.EXPORT)
    if _one_at_a_time.locked():
        raise Unavailable("busy", "Another statement is being read. Try again in a moment.")
    async with _one_at_a_time:
        content = await _file(request.stream())
        statement = await asyncio.to_thread(read_statement, content)
        found = await services.books.compare(statement)
    async with services.database.write() as session:
        after = {"agreeing": found.agreeing, "different": len(found.findings)}
        note_action(session, who, "statement_compared", "books", at=services.clock(), after=after)
    return JSONResponse(_shown(found))


async def _file(chunks: AsyncIterator[bytes]) -> bytes:
    content = bytearray()
    try:
        async with asyncio.timeout(SLOWEST_FILE):
            async for chunk in chunks:
                content += chunk
                if len(content) > LARGEST_FILE:
                    most = LARGEST_FILE // 1024**2
                    raise BadInput("too_large", f"The file is larger than {most} MiB.")
    except TimeoutError:
        raise BadInput("too_slow", "The file took too long to arrive. Send it again.") from None
    return bytes(content)


def _shown(found: Comparison) -> dict[str, object]:
    skipped = found.statement.skipped
    return {
        "summary": summary_of(found),
        "matches": found.matches,
        "doubts": found.statement.doubts,
        "totals": [
            {"kind": kind.value, "count": total.count, "amount": f"{total.amount:,.2f}"}
            for kind, total in found.totals.items()
        ],
        "findings": [_finding(finding) for finding in found.findings[:MOST_SHOWN]],
        "more": max(0, len(found.findings) - MOST_SHOWN),
        "skipped": _lines(skipped[:MOST_SHOWN]),
    }


def _finding(finding: Finding) -> dict[str, str]:
    ours = finding.ours
    return {
        "kind": finding.difference.value,
        "words": sentence_of(finding),
        "href": f"/staff/payments/{ours.payment_id}" if ours else _bookings(finding.booking),
    }


def _bookings(reference: str) -> str:
    return f"/staff/bookings?q={reference}" if reference else ""


def _lines(skipped: Sequence[Skipped]) -> list[str]:
    return [f"Line {line.line}: {line.reason}" for line in skipped]
