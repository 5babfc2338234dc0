"""Daraja's answers, read before they are judged.

One HTTP attempt ends in an `Exchange`:

    Exchange
    ├── Unsent   no connection: the request never left
    ├── Lost     it left, or may have, and no whole answer came back
    └── Reply    an HTTP status and a body of at most 256 KiB

A body speaks in one of three forms: `{errorCode, errorMessage}` of the gateway (with any HTTP
status, 200 included), Apigee's `{fault: {faultstring, detail: {errorcode}}}`, or the product's own
`{ResponseCode, …}`. Anything else (empty, HTML, cut off, other types) leaves only the status.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

from payment_app.daraja.wire.json import NotJson, as_code, as_identifier, as_text, load_object
from payment_app.daraja.wire.masking import mask_message

_HEAD = re.compile(r"[1-9][0-9]{2}")


@dataclass(frozen=True, slots=True)
class Unsent:
    """No connection was made, so nothing left this machine."""

    reason: str


@dataclass(frozen=True, slots=True)
class Lost:
    """Bytes may have left, and no whole answer came back."""

    reason: str


@dataclass(frozen=True, slots=True)
class Reply:
    """An HTTP answer. `body` is empty when it was above the limit (`oversized`)."""

    status: int
    body: bytes
    oversized: bool = False


Exchange: TypeAlias = Unsent | Lost | Reply


@dataclass(frozen=True, slots=True)
class TokenInvalid:
    """The access token was refused before anybody looked at the request.

    `by_page`: by a page that may be a firewall's; a fresh token cannot hurt, and tells.
    """

    code: str
    message: str
    by_page: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """A reply in terms of Daraja. `error_text` is masked and safe to show to staff."""

    status: int
    fields: Mapping[str, object]
    error_code: str | None
    error_text: str
    is_fault: bool
    is_page: bool = False
    """HTML or XML: written for eyes, by a firewall or proxy as often as by Safaricom."""

    @property
    def label(self) -> str:
        """The error code, or the HTTP status when there is none."""
        return self.error_code or f"HTTP {self.status}"

    @property
    def number(self) -> int:
        """400 for the code 400.002.02; the HTTP status when the code is of another form."""
        head, dot, _ = (self.error_code or "").partition(".")
        return int(head) if dot and _HEAD.fullmatch(head) else self.status

    @property
    def summary(self) -> str:
        """One phrase for staff: what came back."""
        if self.is_page:
            return f"{self.label} with a page that is not Daraja's"
        return f"{self.label}: {self.error_text}" if self.error_text else self.label


def read_answer(reply: Reply) -> Answer:
    """Read `reply` by its body; never raises."""
    text = reply.body.removeprefix(codecs.BOM_UTF8).lstrip()
    if text.startswith(b"<"):
        return Answer(reply.status, {}, None, "", is_fault=False, is_page=True)
    try:
        fields = load_object(reply.body) if text else {}
    except NotJson:
        fields = {}
    fault = fields.get("fault")
    if isinstance(fault, dict):
        return _read_fault(reply.status, fields, fault)
    code, words = as_code(fields.get("errorCode")), mask_message(fields.get("errorMessage"))
    return Answer(reply.status, fields, code, words, is_fault=False)


def _read_fault(status: int, fields: Mapping[str, object], fault: dict[str, object]) -> Answer:
    detail = fault.get("detail")
    code = as_identifier(detail.get("errorcode")) if isinstance(detail, dict) else None
    text = mask_message(fault.get("faultstring"))
    return Answer(status, fields, code or "fault", text, is_fault=True)


def text_field(answer: Answer, name: str) -> str:
    """A text of the product's own answer, at most 300 characters."""
    return as_text(answer.fields.get(name), 300)


def token_refusal(answer: Answer) -> TokenInvalid | None:
    """The answer as a refused token, or None.

    Three codes mean it, depending on the product: 404.001.03, 400.003.01 and 401.002.01. The
    second is also used for other bad requests, so there its text decides. A bare 401 is read the
    same way: one fresh token cannot hurt, since the gateway turned the request away.
    """
    if not _token_refused(answer):
        return None
    return TokenInvalid(answer.label, answer.error_text, by_page=answer.is_page)


def _token_refused(answer: Answer) -> bool:
    code, text = answer.error_code, answer.error_text.lower()
    if answer.is_fault:
        words = f"{code} {text}".replace("_", "").replace(" ", "").lower()
        return "invalidaccesstoken" in words or "accesstokenexpired" in words
    if code in ("404.001.03", "401.002.01"):
        return True
    if code == "400.003.01":
        return not text or "access token" in text
    bare = code is None and "ResponseCode" not in answer.fields
    return answer.status == 401 and (bare or (code or "").startswith("401.002"))


def rate_limited(answer: Answer) -> bool:
    """Whether the gateway's own rate or quota policy turned the request away."""
    if answer.error_code in ("500.003.02", "500.003.03"):
        return True
    words = f"{answer.error_code} {answer.error_text}".replace(" ", "").lower()
    named = "spikearrest" in words or "quotaviolation" in words
    return named or (answer.status == 429 and "ResponseCode" not in answer.fields)


def under_maintenance(answer: Answer) -> bool:
    """Whether Daraja says that the service is closed for maintenance."""
    return answer.error_code == "00.002.1001" or "under maintenance" in answer.error_text.lower()


def no_such_product(answer: Answer) -> bool:
    """Whether the app lacks the API product: a fresh token does not mend that."""
    words = f"{answer.error_code} {answer.error_text}".replace(" ", "").lower()
    return answer.error_code == "401.003.01" or "apiproductmatch" in words
