"""The download of a filtered list of payments, for those who may take lists out."""

from __future__ import annotations

from collections.abc import AsyncIterator
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from fastapi.responses import StreamingResponse

from payment_app.api.access import Services, Signed, own_origin
from payment_app.domain.calendar import NAIROBI
from payment_app.domain.errors import BadInput
from payment_app.domain.staff import Permission
from payment_app.services.search.export import Wanted, export_csv, export_xlsx
from payment_app.services.search.reading.parse import parse, to_params
from payment_app.services.shared.policy import declares, staff
from payment_app.services.staff.audit import note_action

router = APIRouter(include_in_schema=False)

_KINDS = {
    "csv": (export_csv, "text/csv; charset=utf-8"),
    "xlsx": (export_xlsx, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
}
_OWN = ("format", "reveal", "zone")


@router.get("/api/staff/payments/export")
@declares(staff(Permission.EXPORT))
async def export_payments(request: Request, services: Services, who: Signed) -> StreamingResponse:
    """The payments that the same address shows as a list, all pages of it."""
    who.require(Permission.EXPORT)
    own_origin(request, services)
    given = dict(request.query_params)
    kind, reveal = given.get("format", "csv"), given.get("reveal") == "1"
    if kind not in _KINDS:
        raise BadInput("invalid_format", "The format must be csv or xlsx.")
    if reveal:
        who.require(Permission.REVEAL)
    now = services.clock()
    query = parse({key: given[key] for key in given if key not in _OWN}, now, who.sight)
    write, media_type = _KINDS[kind]
    wanted = Wanted(given.get("zone", "nairobi"), reveal)
    async with services.database.write() as session:
        after = {"filter": urlencode(to_params(query)), "format": kind, "full_phones": reveal}
        note_action(session, who, "exported", "payments", at=now, after=after)
    chunks = write(services.search, query, wanted)
    first = await anext(chunks)  # what is wrong is said before the answer begins
    name = f"payments-{now.astimezone(NAIROBI):%Y-%m-%d-%H%M%S}.{kind}"
    return StreamingResponse(
        _with(first, chunks),
        media_type=media_type,
        headers={
            "Content-Disposition": f'attachment; filename="{name}"',
            "Cache-Control": "no-store",
        },
    )


async def _with(first: bytes, rest: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield first
    async for chunk in rest:
        yield chunk
