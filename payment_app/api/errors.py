"""Every failure in one shape: `{"error": "<sentence>", "code": "<slug>"}`."""

from __future__ import annotations

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from sqlalchemy.exc import InterfaceError, InternalError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.exceptions import HTTPException

from payment_app.domain.errors import (
    BadInput,
    Conflict,
    Forbidden,
    NotFound,
    Refusal,
    RefusedByMpesa,
    SignInNeeded,
    TooMany,
    Unavailable,
)

log = structlog.get_logger("payment_app.api")

STATUSES: dict[type[Refusal], int] = {
    BadInput: 422,
    SignInNeeded: 401,
    Forbidden: 403,
    NotFound: 404,
    Conflict: 409,
    TooMany: 429,
    RefusedByMpesa: 502,
    Unavailable: 503,
    Refusal: 400,
}
"""The HTTP status of each kind of refusal; a kind that is not here answers as the kind it is of."""
_SLUGS = {
    400: "invalid_json",
    401: "unauthorized",
    403: "forbidden",
    404: "not_found",
    405: "method_not_allowed",
}


def _is_of_the_caller(part: str) -> bool:
    """Whether a part of a place is the caller's word: pydantic also names its own functions there,
    with their places in memory."""
    return part != "body" and "[" not in part


def error(
    status: int, code: str, sentence: str, headers: dict[str, str] | None = None
) -> JSONResponse:
    """An answer in the error shape; what UTF-8 cannot spell, such as a surrogate, becomes "?"."""
    spelled = sentence.encode("utf-8", "replace").decode()
    return JSONResponse({"error": spelled, "code": code}, status, headers)


def status_of(refusal: Refusal) -> int:
    """The HTTP status that a refusal is answered with."""
    return next(STATUSES[kind] for kind in type(refusal).__mro__ if kind in STATUSES)


def refused(refusal: Refusal) -> JSONResponse:
    """The answer to a refusal."""
    wait = refusal.retry_after if isinstance(refusal, TooMany | Unavailable) else None
    headers = {"Retry-After": str(wait)} if wait is not None else None
    return error(status_of(refusal), refusal.code, refusal.sentence, headers)


def add_handlers(api: FastAPI) -> None:
    """Make `api` answer every failure in the error shape."""

    @api.exception_handler(Refusal)
    async def _refused(_: Request, refusal: Refusal) -> JSONResponse:
        return refused(refusal)

    @api.exception_handler(RequestValidationError)
    async def _invalid(_: Request, problem: RequestValidationError) -> JSONResponse:
        first = problem.errors()[0]
        if first["type"] == "json_invalid":
            return error(400, "invalid_json", "The body is not valid JSON.")
        where = ".".join(part for part in map(str, first["loc"]) if _is_of_the_caller(part))
        sentence = f"{where or 'The body'}: {first['msg'].removeprefix('Value error, ')}."
        return error(422, "invalid_request", sentence)

    @api.exception_handler(HTTPException)
    async def _http(_: Request, problem: HTTPException) -> JSONResponse:
        code = _SLUGS.get(problem.status_code, "http_error")
        headers = dict(problem.headers) if problem.headers else None
        return error(problem.status_code, code, str(problem.detail), headers)

    @api.exception_handler(OperationalError)
    @api.exception_handler(InterfaceError)
    @api.exception_handler(InternalError)  # PostgreSQL that turned read-only, as in a failover
    @api.exception_handler(PoolTimeout)
    async def _database(request: Request, problem: Exception) -> JSONResponse:
        log.error("database_unavailable", path=request.url.path, error=type(problem).__name__)
        sentence = "The database cannot be reached; nothing was changed. Try again shortly."
        return error(503, "database_unavailable", sentence)

    @api.exception_handler(Exception)
    async def _bug(request: Request, problem: Exception) -> JSONResponse:
        log.error("unexpected_error", path=request.url.path, error=repr(problem))
        return error(500, "internal_error", "Something went wrong on our side; it was logged.")
