"""Results of operators' orders: any bytes in, an `OrderResult` or `MalformedCallback` out.

Source of the shape: Safaricom's page "Reversal" and bodies that integrators published. Every name
is read without spaces and in any case (`Conversation ID`); lists of one may be the bare object;
values may be missing, names may come twice. What is posted to `QueueTimeOutURL` is either such a
result or the request itself, with the operator's credential: `without_credential` before it is
kept.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal

from payment_app.daraja.callback import MAX_CALLBACK_BYTES, MAX_COMMAS, unpack
from payment_app.daraja.errors import MalformedCallback
from payment_app.daraja.pending import still_processing
from payment_app.daraja.wire.json import NotJson, as_code, as_identifier, as_text, rescue_object
from payment_app.daraja.wire.values import plain_value, read_amount
from payment_app.domain.calendar import NAIROBI

_CREDENTIAL = re.compile(rb'("Security\s*Credential"\s*:\s*")((?:[^"\\]|\\.)*)', re.IGNORECASE)
_HIDDEN = "•••".encode()
_PLACEHOLDER = re.compile(r"[A-Z]{3}0{5,}|0+", re.IGNORECASE)
_RECEIPT = re.compile(r"[A-Za-z0-9]{6,30}")
_COMPACT = re.compile(r"[0-9]{14}")
_DOTTED = re.compile(r"[0-9]{2}\.[0-9]{2}\.[0-9]{4} [0-9]{2}:[0-9]{2}:[0-9]{2}")
_MAX_DESC = 500
_MAX_VALUE = 500


@dataclass(frozen=True, slots=True)
class OrderResult:
    """What one result says. Unsigned: evidence, not the truth.

    `code` is text (`"0"`, `"2001"`, `"R000001"`); `receipt` the transaction that the order made,
    for a question the one it is about, `None` where M-PESA wrote a placeholder; `parameters` by
    name in small letters without spaces, the first value of each.
    """

    code: str
    desc: str
    originator_conversation_id: str | None
    conversation_id: str | None
    receipt: str | None
    parameters: dict[str, str] = field(repr=False)

    @property
    def good(self) -> bool:
        """The order was carried out; a question was answered, which says nothing of its answer."""
        return self.code == "0"

    @property
    def pending(self) -> bool:
        """M-PESA is still at it: whatever the code, this is no result."""
        return still_processing(None, self.desc)

    def amount(self, *names: str) -> Decimal | None:
        """Shillings under the first of `names` that is there; `None` if none can be read."""
        text = self.text(*names)
        try:
            return read_amount(text) if text else None
        except MalformedCallback:
            return None

    def time(self, *names: str) -> datetime | None:
        """The moment (UTC) under the first of `names`, in either of M-PESA's spellings."""
        return read_time(self.text(*names))

    def text(self, *names: str) -> str:
        """The first of `names` that has a value, `""` if none."""
        return next((self.parameters[name] for name in names if self.parameters.get(name)), "")


@dataclass(frozen=True, slots=True)
class Account:
    """One account of the shortcode, in shillings; cents are kept."""

    name: str
    available: Decimal


def parse_result(raw: bytes) -> OrderResult:
    """Read one body of at most 64 KiB, packed or not. Raises `MalformedCallback`, nothing else."""
    if len(raw) > MAX_CALLBACK_BYTES:
        raise MalformedCallback("larger than 64 KiB")
    plain = unpack(raw)
    if plain.count(b",") > MAX_COMMAS:
        raise MalformedCallback("too many values")
    try:
        outer = _by_name(rescue_object(plain))
    except NotJson as error:
        raise MalformedCallback(f"not readable as JSON: {error}") from None
    result = outer.get("result")
    if not isinstance(result, dict):
        raise MalformedCallback("no Result object")
    return _build(_by_name(result))


def without_credential(raw: bytes) -> bytes:
    """The body without the operator's credential, which a time-out notice may echo."""
    return _CREDENTIAL.sub(rb"\g<1>" + _HIDDEN, unpack(raw))


def read_accounts(result: OrderResult) -> tuple[Account, ...]:
    """The accounts of a balance result: `name|currency|current|available|…` joined by `&`."""
    accounts = []
    for part in result.text("accountbalance").split("&"):
        fields = [one.strip() for one in part.split("|")]
        if len(fields) >= 4:
            try:
                accounts.append(Account(fields[0], Decimal(fields[3].replace(",", ""))))
            except ArithmeticError:
                continue
    return tuple(account for account in accounts if account.available.is_finite())


def read_time(text: str) -> datetime | None:
    """A Nairobi time in either of M-PESA's spellings, as UTC; `None` if it is neither."""
    for shape, form in ((_COMPACT, "%Y%m%d%H%M%S"), (_DOTTED, "%d.%m.%Y %H:%M:%S")):
        if shape.fullmatch(text):
            try:
                return datetime.strptime(text, form).replace(tzinfo=NAIROBI).astimezone(UTC)
            except (ValueError, OverflowError):
                return None
    return None


def _build(result: dict[str, object]) -> OrderResult:
    code = as_code(result.get("resultcode"))
    if code is None:
        raise MalformedCallback("no usable ResultCode")
    return OrderResult(
        code=code,
        desc=as_text(result.get("resultdesc"), _MAX_DESC),
        originator_conversation_id=as_identifier(result.get("originatorconversationid")),
        conversation_id=as_identifier(result.get("conversationid")),
        receipt=_receipt(result.get("transactionid")),
        parameters=_parameters(result.get("resultparameters")),
    )


def _by_name(found: dict[str, object]) -> dict[str, object]:
    """By name in small letters without spaces; of two such names the first counts."""
    named: dict[str, object] = {}
    for name, value in found.items():
        named.setdefault(_name(name), value)
    return named


def _name(written: str) -> str:
    return "".join(written.lower().split())


def _parameters(section: object) -> dict[str, str]:
    """Name and value of each parameter that has one."""
    listed = _by_name(section).get("resultparameter") if isinstance(section, dict) else section
    items = [listed] if isinstance(listed, dict) else listed if isinstance(listed, list) else []
    found: dict[str, str] = {}
    for item in items:
        if isinstance(item, dict) and isinstance(item.get("Key"), str):
            value = as_text(plain_value(item.get("Value")), _MAX_VALUE)
            if value:
                found.setdefault(_name(str(item["Key"])), value)
    return found


def _receipt(value: object) -> str | None:
    """A transaction id; failures and questions often carry one like `SKE0000000`."""
    text = plain_value(value)
    right = _RECEIPT.fullmatch(text) is not None and _PLACEHOLDER.fullmatch(text) is None
    return text.upper() if right else None
