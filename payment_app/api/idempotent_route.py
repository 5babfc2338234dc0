"""`Idempotency-Key` at the edge: the header turns a POST into one that happens once."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from fastapi import Request
from fastapi.responses import JSONResponse

from payment_app.api.access import Services

HEADER = "idempotency-key"


async def once(
    request: Request,
    services: Services,
    api_key: str,
    work: Callable[[], Awaitable[tuple[int, dict[str, Any]]]],
) -> JSONResponse:
    """Run `work`, or answer as its first run with the same key and body did."""
    key = request.headers.get(HEADER)
    if key is None:
        status, body = await work()
    else:
        scope = f"{api_key}|{request.method} {request.url.path}"
        raw = (await request.body()).decode("utf-8", "replace")
        status, body = await services.idempotency.run(scope, key, raw, work)
    return JSONResponse(body, status)
