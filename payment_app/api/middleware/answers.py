"""Plain answers, in JSON and as pages that need no file of the front end."""

from __future__ import annotations

from html import escape

from starlette.responses import HTMLResponse, JSONResponse


def problem(status: int, code: str, sentence: str) -> JSONResponse:
    """A refusal in the API's error shape."""
    return JSONResponse({"error": sentence, "code": code}, status)


def plain_page(status: int, title: str, text: str, retry_after: int | None = None) -> HTMLResponse:
    """A page of one heading and one paragraph."""
    title = escape(title)
    return HTMLResponse(
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{title}</title></head>"
        "<body><main><h1>"
        f"{title}</h1><p>{escape(text)}</p></main></body></html>",
        status,
        {"Retry-After": str(retry_after)} if retry_after is not None else None,
    )


def try_again_soon() -> HTMLResponse:
    """What a page is while the database is away."""
    return plain_page(
        503,
        "This page cannot be shown right now",
        "Opening it took no money. If you have paid already, your payment is safe. Try again in a "
        "minute.",
        retry_after=30,
    )
