"""Signing in and out over HTTP: the only way in which the session cookie is set."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field

from payment_app.api.access import Caller, Services, Signed, own_origin
from payment_app.api.schemas import Text
from payment_app.services.shared.policy import ANYONE, MEMBER, declares
from payment_app.services.staff.devices import LASTS
from payment_app.services.staff.sessions import (
    LONGEST,
    cookie_name,
    device_cookie_name,
    devices_of,
    token_of,
)

router = APIRouter(include_in_schema=False)


class SignInIn(BaseModel):
    """What the sign-in page sends; `code` once it was asked for."""

    email: Annotated[Text, Field(max_length=254)]
    password: Annotated[str, Field(max_length=500)]
    code: Annotated[str, Field(max_length=40)] = ""


@router.post("/api/staff/session")
@declares(ANYONE)
async def sign_in(
    given: SignInIn, request: Request, services: Services, caller: Caller
) -> JSONResponse:
    """Open a session and set its cookie."""
    own_origin(request, services)
    signed_in = await services.sessions.sign_in(
        given.email,
        given.password,
        given.code,
        address=caller,
        browser=request.headers.get("user-agent", ""),
        devices=devices_of(request.headers.get("cookie", ""), services.settings),
    )
    member = signed_in.member
    start = "/staff" if member.settled else "/staff/account"
    answer = JSONResponse({"name": member.name, "role": member.role.value, "next": start})
    _set_session_cookie(answer, services, signed_in.token, int(LONGEST.total_seconds()))
    device = device_cookie_name(services.settings)
    _set_cookie(answer, services, device, signed_in.devices, int(LASTS.total_seconds()))
    return answer


@router.delete("/api/staff/session", status_code=204)
@declares(ANYONE)
async def sign_out(request: Request, services: Services) -> Response:
    """End the session of the cookie, if there is one, and clear the cookie."""
    own_origin(request, services)
    token = token_of(request.headers.get("cookie", ""), services.settings)
    await services.sessions.sign_out(token)
    answer = Response(status_code=204)
    _set_session_cookie(answer, services, "", 0)
    return answer


@router.delete("/api/staff/sessions", status_code=204)
@declares(MEMBER)
async def sign_out_everywhere(request: Request, services: Services, who: Signed) -> Response:
    """End every session of the member, and clear the cookie."""
    own_origin(request, services)
    await services.sessions.sign_out_everywhere(who)
    answer = Response(status_code=204)
    _set_session_cookie(answer, services, "", 0)
    return answer


def _set_session_cookie(answer: Response, services: Services, token: str, seconds: int) -> None:
    _set_cookie(answer, services, cookie_name(services.settings), token, seconds)


def _set_cookie(answer: Response, services: Services, name: str, value: str, seconds: int) -> None:
    answer.set_cookie(
        name,
        value,
        max_age=seconds,
        path="/",
        secure=services.settings.origin.startswith("https://"),
        httponly=True,
        samesite="lax",
    )
