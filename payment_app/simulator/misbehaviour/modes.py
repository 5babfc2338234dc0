"""Ways for a callback to go wrong. Planning is pure: a true callback in, parcels to post out.

A mode is a function from (callback, rule, mint) to parcels. Money has already moved when a plan
is made, so nothing here can change the ledger.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from random import Random
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from payment_app.simulator.gateway.callbacks import Callback, body_of, to_bytes
from payment_app.simulator.gateway.parcels import Parcel, plain
from payment_app.simulator.mpesa import results
from payment_app.simulator.mpesa.wire import Mint
from payment_app.simulator.settings import SimulatorError

MOST_TIMES = 1_000
LONGEST_DELAY = 31 * 24 * 3600.0
EARLY = "early"
NORMAL = "normal"


@dataclass(frozen=True)
class CallbackRule:
    """How the next callbacks misbehave.

    Args:
        mode: a key of `MODES`, or `normal`.
        seconds: the delay of `late`, the longest hold of `out_of_order`.
        times: how often `duplicate` sends the same body.
        count: for how many callbacks the rule holds; None for all.
    """

    mode: str = NORMAL
    seconds: float = 5.0
    times: int = 2
    count: int | None = 1

    def __post_init__(self) -> None:
        if self.mode != NORMAL and self.mode not in MODES:
            raise SimulatorError(f"There is no callback mode '{self.mode}'.")
        if not 0 <= self.seconds <= LONGEST_DELAY:
            raise SimulatorError("A callback can be late by 0 seconds to 31 days.")
        if not 1 <= self.times <= MOST_TIMES:
            raise SimulatorError(f"A callback can be sent 1 to {MOST_TIMES} times.")
        if self.count is not None and self.count < 1:
            raise SimulatorError("A rule holds for at least one callback.")


@dataclass(frozen=True)
class Chaos:
    """Random trouble: chances from 0 to 1 for each callback, drawn from the seed."""

    drop: float = 0.0
    duplicate: float = 0.0
    reorder: float = 0.0
    late: float = 0.0
    late_seconds: float = 3.0

    def __post_init__(self) -> None:
        chances = (self.drop, self.duplicate, self.reorder, self.late)
        if not all(0 <= chance <= 1 for chance in chances):
            raise SimulatorError("A chance is a number from 0 to 1.")
        if not 0 <= self.late_seconds <= LONGEST_DELAY:
            raise SimulatorError("A callback can be late by 0 seconds to 31 days.")


def plan_by_rule(callback: Callback, rule: CallbackRule, mint: Mint) -> list[Parcel]:
    """The parcels of one callback under a rule."""
    if rule.mode == NORMAL:
        return [plain(callback)]
    return MODES[rule.mode].plan(callback, rule, mint)


def plan_by_chance(callback: Callback, chaos: Chaos, random: Random) -> list[Parcel]:
    """The parcels of one callback under random trouble; always four draws, so seeds keep step."""
    drop, double, reorder, late = (random.random() for _ in range(4))
    if drop < chaos.drop:
        return [replace(plain(callback, "lost"), lost=True)]
    parcel = plain(callback)
    if late < chaos.late:
        parcel = replace(parcel, delay=chaos.late_seconds, note="late")
    elif reorder < chaos.reorder:
        parcel = replace(parcel, delay=chaos.late_seconds, held=True, note="out of order")
    again = [replace(parcel, note="duplicate")] if double < chaos.duplicate else []
    return [parcel, *again]


def _late(callback: Callback, rule: CallbackRule, mint: Mint) -> list[Parcel]:
    return [replace(plain(callback, "late"), delay=rule.seconds)]


def _duplicate(callback: Callback, rule: CallbackRule, mint: Mint) -> list[Parcel]:
    first, again = plain(callback), plain(callback, "duplicate")
    return [first, *[again] * (rule.times - 1)]


def _out_of_order(callback: Callback, rule: CallbackRule, mint: Mint) -> list[Parcel]:
    return [replace(plain(callback, "out of order"), held=True, delay=rule.seconds)]


def _lost(callback: Callback, rule: CallbackRule, mint: Mint) -> list[Parcel]:
    return [replace(plain(callback, "lost"), lost=True)]


def _early(callback: Callback, rule: CallbackRule, mint: Mint) -> list[Parcel]:
    return [plain(callback, "before the push was answered")]


def _forged(callback: Callback, rule: CallbackRule, mint: Mint) -> list[Parcel]:
    lie = replace(_paid(callback, mint), url=_other_address(callback.url, mint))
    return [plain(lie, "forged, to a wrong address"), plain(callback)]


def _mismatched_amount(callback: Callback, rule: CallbackRule, mint: Mint) -> list[Parcel]:
    return [plain(replace(callback, amount=callback.amount + 1), "another amount")]


def _mismatched_ids(callback: Callback, rule: CallbackRule, mint: Mint) -> list[Parcel]:
    other = replace(
        callback,
        merchant_request_id=mint.request_id(),
        checkout_request_id=f"{callback.checkout_request_id[:-9]}{mint.request_id()[-5:]:0>9}",
    )
    return [plain(other, "other ids")]


def _contradiction_after(callback: Callback, rule: CallbackRule, mint: Mint) -> list[Parcel]:
    return [plain(callback), plain(_contrary(callback, mint), "says the contrary")]


def _contradiction_before(callback: Callback, rule: CallbackRule, mint: Mint) -> list[Parcel]:
    return [plain(_contrary(callback, mint), "says the contrary"), plain(callback)]


def _items_mode(
    note: str, change: Callable[[list[dict[str, Any]]], list[dict[str, Any]]]
) -> Callable[[Callback, CallbackRule, Mint], list[Parcel]]:
    """A mode that changes the metadata items; failures have none and go out unchanged."""

    def plan(callback: Callback, rule: CallbackRule, mint: Mint) -> list[Parcel]:
        body = body_of(callback)
        metadata = body["Body"]["stkCallback"].get("CallbackMetadata")
        if metadata is not None:
            metadata["Item"] = change(metadata["Item"])
        return [Parcel(callback.url, to_bytes(body), callback.headers, note=note)]

    return plan


def _masked(items: list[dict[str, Any]]) -> list[dict[str, Any]]:
    phone = str(items[-1]["Value"])
    return [*items[:-1], {"Name": "PhoneNumber", "Value": f"{phone[:5]}****{phone[-3:]}"}]


def _raw_mode(
    note: str, change: Callable[[bytes], bytes], content_type: str | None = None
) -> Callable[[Callback, CallbackRule, Mint], list[Parcel]]:
    """A mode that changes the bytes of the body, or their content type."""

    def plan(callback: Callback, rule: CallbackRule, mint: Mint) -> list[Parcel]:
        sent = plain(callback, note)
        headers = {**sent.headers, **({"Content-Type": content_type} if content_type else {})}
        return [replace(sent, body=change(sent.body), headers=headers)]

    return plan


def _deep(body: bytes) -> bytes:
    return body[:-1] + b',"Extra":' + b"[" * 10_000 + b"]" * 10_000 + b"}"


def _huge(body: bytes) -> bytes:
    return body[:-1] + b',"Extra":"' + b"x" * (256 * 1024) + b'"}'


def _paid(callback: Callback, mint: Mint) -> Callback:
    receipt = mint.receipt(callback.finished_at)
    return replace(callback, code=results.PAID, receipt=receipt)


def _contrary(callback: Callback, mint: Mint) -> Callback:
    if callback.code == results.PAID:
        return replace(callback, code=results.CANCELLED, receipt=None)
    return _paid(callback, mint)


def _other_address(url: str, mint: Mint) -> str:
    """The same address with another last path segment, where a merchant keeps its secret."""
    parts = urlsplit(url)
    parent = parts.path.rstrip("/").rpartition("/")[0]
    return urlunsplit(parts._replace(path=f"{parent}/{mint.access_token()}"))


@dataclass(frozen=True)
class Mode:
    """A way of misbehaving: how it plans, and what a tester reads about it."""

    plan: Callable[[Callback, CallbackRule, Mint], list[Parcel]]
    words: str


MODES: Mapping[str, Mode] = {
    "late": Mode(_late, "Late"),
    "duplicate": Mode(_duplicate, "Duplicate"),
    "out_of_order": Mode(_out_of_order, "Out of order, behind the next one"),
    "lost": Mode(_lost, "Lost"),
    EARLY: Mode(_early, "Early, before the push is answered"),
    "forged": Mode(_forged, "Forged success to a wrong address first"),
    "mismatched_amount": Mode(_mismatched_amount, "Another amount"),
    "mismatched_ids": Mode(_mismatched_ids, "Other ids"),
    "contradiction_after": Mode(_contradiction_after, "Then one that says the contrary"),
    "contradiction_before": Mode(_contradiction_before, "First one that says the contrary"),
    "items_missing": Mode(_items_mode("items missing", lambda items: items[:1]), "Items missing"),
    "items_shuffled": Mode(
        _items_mode("items shuffled", lambda items: items[::-1]), "Items in another order"
    ),
    "items_null": Mode(
        _items_mode("items null", lambda items: [{**item, "Value": None} for item in items]),
        "Items without values",
    ),
    "items_extra": Mode(
        _items_mode("extra item", lambda items: [{"Name": "Promo", "Value": {"x": [1]}}, *items]),
        "An unknown item more",
    ),
    "masked_phone": Mode(_items_mode("phone masked", _masked), "Phone number masked"),
    "wrong_content_type": Mode(
        _raw_mode("as text/plain", lambda body: body, "text/plain"), "Sent as text/plain"
    ),
    "not_utf8": Mode(_raw_mode("not UTF-8", lambda body: b"\xff\xfe" + body), "Not UTF-8"),
    "deep_json": Mode(_raw_mode("deeply nested", _deep), "Deeply nested JSON"),
    "huge": Mode(_raw_mode("256 KiB", _huge), "Body of 256 KiB"),
}
