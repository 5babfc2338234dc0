"""What a link answers over plain HTTP: the page, its files, and the form sent by POST.

After a form that was carried out the browser is sent to the page anew, so that a reload sends
nothing. A refusal is a page of its own with a 4xx status; never 5xx, whose words proxies replace.
"""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import Callable, Mapping
from urllib.parse import parse_qsl

import structlog
from sqlalchemy.exc import SQLAlchemyError
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from payment_app.services.pay_pages.pages import PayPages
from payment_app.services.receipts.checking import ReceiptChecks, Verdict
from payment_app.services.receipts.receipt import ReceiptView
from payment_app.services.shared.pace.addresses import client_address
from payment_app.services.shared.policy import LINK, declares
from payment_app.settings import Settings
from payment_app.web.payer.pay.problem import Problem
from payment_app.web.payer.pay.sending import send
from payment_app.web.payer.plain.check import check_page
from payment_app.web.payer.plain.html import (
    Document,
    PlainPage,
    Typed,
    notice_page,
    pay_page,
    receipt_page,
)
from payment_app.web.payer.plain.trouble import Trouble, trouble_page
from payment_app.web.payer.receipt.files import booking_calendar, receipt_pdf
from payment_app.web.payer.receipt.view import CALENDAR, PDF
from payment_app.web.texts import LANGUAGES, pick_language, words
from payment_app.web.texts.shape import Texts

log = structlog.get_logger("payment_app.api")

_AWAY_FOR = 30
"""Seconds after which it makes sense to look again."""
_FORM = "application/x-www-form-urlencoded"
_MOST_FIELDS = 20
_LONGEST_TYPED = 60
"""Characters of a refused value that are shown again."""
_QUICK = 5
"""gzip's level: a third of the time of the best one, a few bytes more."""


class LinkAnswers:
    """Answers the links. One per process."""

    def __init__(
        self,
        settings: Settings,
        pages: Callable[[], PayPages],
        checks: Callable[[], ReceiptChecks],
        document: Document,
    ) -> None:
        """Args:
        pages, checks: the use cases, once they are there.
        document: the front end's page around ours.
        """
        self._settings = settings
        self._pages = pages
        self._checks = checks
        self._document = document

    @declares(LINK)
    async def answer(self, kind: str, token: str, request: Request) -> Response:
        """The answer to GET or, for a pay link, POST; 404 for an unknown link."""
        unknown = Trouble.NO_PAY_LINK if kind == "pay" else Trouble.NO_RECEIPT
        try:
            page = await self._known(kind, token, request)
        except (SQLAlchemyError, OSError, TimeoutError) as error:
            log.error("link_not_looked_up", error=type(error).__name__)
            return self._trouble(request, Trouble.AWAY, 503)
        except Exception as error:
            log.exception("link_not_answered", error=repr(error))
            return self._trouble(request, Trouble.AWAY, 500)
        return page or self._trouble(request, unknown, 404)

    def no_page(self, request: Request) -> Response:
        """The answer where there is nothing."""
        return self._trouble(request, Trouble.NO_PAGE, 404)

    def _trouble(self, request: Request, trouble: Trouble, status: int) -> Response:
        merchant, phone = self._settings.merchant_name, self._settings.merchant_phone
        page = trouble_page(trouble, _texts(request), merchant, phone)
        answer = _packed(request, page.alone(self._document), status)
        answer.headers["Referrer-Policy"] = "no-referrer"  # there is no form on it
        if trouble is Trouble.AWAY:
            answer.headers["Retry-After"] = str(_AWAY_FOR)
        return answer

    async def _known(self, kind: str, token: str, request: Request) -> Response | None:
        """`None` for an unknown link."""
        texts = _texts(request)
        if kind == "check":
            checked = await self._checks().check(token)
            page = check_page(checked, texts, self._settings.merchant_name)
            status = 404 if checked.verdict is Verdict.FORGED else 200
            return _packed(request, page.alone(self._document), status)
        if kind != "pay":
            receipt = await self._pages().receipt(token)
            return await self._receipt(kind, receipt, request, texts) if receipt else None
        if request.method == "POST":
            return await self._pay(token, request, texts)
        return await self._pay_page(token, request, texts)

    async def _receipt(
        self, kind: str, receipt: ReceiptView, request: Request, texts: Texts
    ) -> Response | None:
        """The receipt as a page or as one of its files; `None` for a calendar without a day."""
        origin = self._settings.origin
        if kind == PDF:
            file = await asyncio.to_thread(receipt_pdf, receipt, texts, origin)
            return _file(file, "application/pdf", f"receipt-{receipt.receipt_number}.pdf")
        if kind == CALENDAR:
            days = booking_calendar(receipt, texts, origin)
            return _file(days, "text/calendar", f"{receipt.reference}.ics") if days else None
        return self._page(request, receipt_page(receipt, texts, origin))

    async def _pay(self, token: str, request: Request, texts: Texts) -> Response | None:
        refusal = self._unacceptable(request, texts)
        if refusal is not None:
            return refusal
        form = _fields(await request.body())
        problem = await send(self._pages(), token, form, self._address(request), texts)
        if problem == Problem():
            return RedirectResponse(_here(request), 303, {"Cache-Control": "no-store"})
        typed = Typed(
            form.get("phone", "")[:_LONGEST_TYPED],
            form["amount"][:_LONGEST_TYPED] if "amount" in form else None,
        )
        try:
            return await self._pay_page(token, request, texts, problem, typed)
        except (SQLAlchemyError, OSError, TimeoutError):
            # The prompt may have gone out before the database went away.
            page = notice_page(texts["notices"]["other"], _here(request), texts)
            return self._page(request, page, 409)

    async def _pay_page(
        self,
        token: str,
        request: Request,
        texts: Texts,
        problem: Problem | None = None,
        typed: Typed | None = None,
    ) -> Response | None:
        view = await self._pages().view(token)
        if view is None:
            return None
        phone = self._settings.merchant_phone
        page = pay_page(view, texts, phone, problem or Problem(), typed or Typed())
        answer = self._page(request, page, _status(problem) if problem else 200)
        if problem and problem.wait:
            answer.headers["Retry-After"] = str(problem.wait)
        return answer

    def _unacceptable(self, request: Request, texts: Texts) -> Response | None:
        """What is no form of ours; the link is the authority, a foreign site has no use of it."""
        kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if self._is_foreign(request):
            notice, status = texts["plain"]["foreign"], 403
        elif kind != _FORM:
            notice, status = texts["notices"]["other"], 415
        else:
            return None
        return self._page(request, notice_page(notice, _here(request), texts), status)

    def _is_foreign(self, request: Request) -> bool:
        """Whether another site's page sent this; a program sends no Origin.

        The page's own host counts even where it is not the public one: there the socket is
        refused, and this form is all that works.
        """
        origin = request.headers.get("origin")
        if origin is None or origin in self._settings.allowed_origins:
            return False
        host = request.headers.get("host", "")
        return not host or origin.partition("://")[2] != host

    def _address(self, request: Request) -> str:
        peer = request.client.host if request.client else ""
        forwarded = request.headers.get("x-forwarded-for", "")
        return client_address(peer, forwarded, self._settings.trusted_proxies)

    def _page(self, request: Request, page: PlainPage, status: int = 200) -> Response:
        return _packed(request, page.within(self._document), status)


def _packed(request: Request, page: str, status: int) -> Response:
    """A page for this visitor only, in as few bytes as their browser understands."""
    headers = {
        "Cache-Control": "no-store",
        "Vary": "Accept-Encoding, Accept-Language",
        # With `no-referrer` a browser would send the form with the Origin `null`.
        "Referrer-Policy": "same-origin",
    }
    body = page.encode()
    if "gzip" in request.headers.get("accept-encoding", ""):
        headers["Content-Encoding"] = "gzip"
        body = gzip.compress(body, _QUICK, mtime=0)
    return HTMLResponse(body, status, headers)


def _file(body: bytes, kind: str, name: str) -> Response:
    """A file to keep; `name` is made of a reference or a receipt number: letters and digits."""
    headers = {
        "Cache-Control": "no-store",
        "Content-Disposition": f'attachment; filename="{name}"',
    }
    return Response(body, 200, headers, media_type=kind)


def _texts(request: Request) -> Texts:
    """As the live page does: what the address asks for, else what the browser prefers."""
    asked = request.query_params.get("lang", "")
    return words(pick_language(asked, request.headers.get("accept-language", "")))


def _here(request: Request) -> str:
    """The page's own address; of its query only a language that we speak."""
    lang = request.query_params.get("lang", "")
    return f"{request.url.path}?lang={lang}" if lang in LANGUAGES else request.url.path


def _fields(body: bytes) -> Mapping[str, str]:
    """The form's fields, the first of each name; none from what is no form."""
    try:
        pairs = parse_qsl(
            body.decode("ascii", "replace"),
            keep_blank_values=True,
            max_num_fields=_MOST_FIELDS,
        )
    except ValueError:
        return {}
    return dict(reversed(pairs))


def _status(problem: Problem) -> int:
    if problem.phone or problem.amount:
        return 422
    return 429 if problem.wait else 409
