"""Bookings from a file, over HTTP: a socket takes no message of that size, and keeps no file."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

from payment_app.api.access import Services, Signed, own_origin
from payment_app.domain.errors import BadInput
from payment_app.domain.staff import Permission
from payment_app.services.bookings.import_csv import ImportRow, Preview
from payment_app.services.shared.policy import declares, staff

router = APIRouter(include_in_schema=False)

MOST_SHOWN = 100
"""Lines that are shown whatever they hold, and lines with an error that are shown besides."""


@router.post("/api/staff/bookings/import")
@declares(staff(Permission.BOOK))
async def import_bookings(
    request: Request, services: Services, who: Signed, commit: bool = False
) -> JSONResponse:
    """What the CSV file in the body would do; with `commit` it is done, all of it or nothing.

    The body is read anew at the second call: what a browser shows as a preview is not believed.
    """
    own_origin(request, services)
    who.require(Permission.BOOK)
    text = _text(await request.body())
    if commit:
        return JSONResponse({"made": await services.booking_import.commit(who, text)}, 201)
    return JSONResponse(_shown(await services.booking_import.preview(who, text)))


def _text(body: bytes) -> str:
    try:
        return body.decode()
    except UnicodeDecodeError:
        raise BadInput(
            "invalid_file", "The file is not in UTF-8: save it as “CSV UTF-8”. Nothing was made."
        ) from None


def _shown(preview: Preview) -> dict[str, object]:
    shown = [row for at, row in enumerate(preview.rows) if at < MOST_SHOWN or row.problem]
    return {
        "number": len(preview.rows),
        "problems": preview.problems,
        "lines": [_line(row) for row in shown[: MOST_SHOWN * 2]],
    }


def _line(row: ImportRow) -> dict[str, str]:
    return {
        "line": str(row.line),
        "reference": row.reference,
        "title": row.title,
        "amount": row.amount,
        "customer": row.customer_name,
        "problem": row.problem,
    }
