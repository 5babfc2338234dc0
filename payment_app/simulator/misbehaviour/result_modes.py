"""Ways for the result of an operator's order to go wrong. Planning is pure.

The money has moved, or not, when a plan is made: nothing here can change the ledger.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from payment_app.simulator.gateway.callbacks import to_bytes
from payment_app.simulator.gateway.notices import (
    HEADERS,
    Notice,
    echo,
    envelope,
    result,
    result_body,
)
from payment_app.simulator.gateway.parcels import Parcel
from payment_app.simulator.misbehaviour.modes import LONGEST_DELAY, MOST_TIMES, NORMAL
from payment_app.simulator.mpesa import order_results
from payment_app.simulator.mpesa.wire import Mint
from payment_app.simulator.settings import SimulatorError

EARLY_RESULT = "early"


@dataclass(frozen=True)
class ResultRule:
    """How the next results misbehave.

    Args:
        mode: a key of `RESULT_MODES`, or `normal`.
        seconds: the delay of what comes late.
        times: how often `duplicate` sends the same body.
        count: for how many results the rule holds; None for all.
    """

    mode: str = NORMAL
    seconds: float = 5.0
    times: int = 2
    count: int | None = 1

    def __post_init__(self) -> None:
        if self.mode != NORMAL and self.mode not in RESULT_MODES:
            raise SimulatorError(f"There is no result mode '{self.mode}'.")
        if not 0 <= self.seconds <= LONGEST_DELAY:
            raise SimulatorError("A result can be late by 0 seconds to 31 days.")
        if not 1 <= self.times <= MOST_TIMES:
            raise SimulatorError(f"A result can be sent 1 to {MOST_TIMES} times.")
        if self.count is not None and self.count < 1:
            raise SimulatorError("A rule holds for at least one result.")


Plan = Callable[[Notice, ResultRule, Mint], list[Parcel]]


def plan_result(notice: Notice, rule: ResultRule, mint: Mint) -> list[Parcel]:
    """The parcels of one result under a rule."""
    if rule.mode == NORMAL:
        return [result(notice)]
    return RESULT_MODES[rule.mode].plan(notice, rule, mint)


def _late(notice: Notice, rule: ResultRule, mint: Mint) -> list[Parcel]:
    return [replace(result(notice, "late"), delay=rule.seconds)]


def _duplicate(notice: Notice, rule: ResultRule, mint: Mint) -> list[Parcel]:
    return [result(notice), *[result(notice, "duplicate")] * (rule.times - 1)]


def _lost(notice: Notice, rule: ResultRule, mint: Mint) -> list[Parcel]:
    return [replace(result(notice, "lost"), lost=True)]


def _timed_out_first(notice: Notice, rule: ResultRule, mint: Mint) -> list[Parcel]:
    return [echo(notice), replace(result(notice, "after a time-out"), delay=rule.seconds)]


def _envelope_first(notice: Notice, rule: ResultRule, mint: Mint) -> list[Parcel]:
    return [envelope(notice), replace(result(notice, "after a time-out"), delay=rule.seconds)]


def _timed_out_only(notice: Notice, rule: ResultRule, mint: Mint) -> list[Parcel]:
    return [echo(notice), replace(result(notice, "lost"), lost=True)]


def _contrary(notice: Notice) -> Notice:
    code = order_results.NO_MONEY if notice.code == order_results.DONE else order_results.DONE
    return replace(notice, code=code, receipt=None, parameters=())


def _contrary_first(notice: Notice, rule: ResultRule, mint: Mint) -> list[Parcel]:
    return [result(_contrary(notice), "says the contrary"), result(notice)]


def _contrary_after(notice: Notice, rule: ResultRule, mint: Mint) -> list[Parcel]:
    return [result(notice), result(_contrary(notice), "says the contrary")]


def _other_amount(notice: Notice, rule: ResultRule, mint: Mint) -> list[Parcel]:
    told = {
        "Amount": f"@shillings:{notice.amount + 1}",
        "TransactionAmount": notice.amount + 1,
    }
    parameters = tuple((name, told.get(name, value)) for name, value in notice.parameters)
    return [result(replace(notice, parameters=parameters), "another amount")]


def _other_ids(notice: Notice, rule: ResultRule, mint: Mint) -> list[Parcel]:
    other = replace(
        notice,
        originator_conversation_id=mint.request_id(),
        conversation_id=f"AG_{mint.request_id()}",
    )
    return [result(other, "other ids")]


def _shape(note: str, change: Callable[[dict[str, Any]], dict[str, Any]]) -> Plan:
    """A mode that changes the Result object."""

    def plan(notice: Notice, rule: ResultRule, mint: Mint) -> list[Parcel]:
        body = {"Result": change(result_body(notice)["Result"])}
        return [Parcel(notice.url, to_bytes(body), HEADERS, note=note)]

    return plan


def _items(found: dict[str, Any]) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = found.get("ResultParameters", {}).get("ResultParameter", [])
    return items


def _one_parameter(found: dict[str, Any]) -> dict[str, Any]:
    """A list of one is written as the bare object."""
    items = [item for item in _items(found) if "Amount" in item["Key"]][:1]
    return {**found, "ResultParameters": {"ResultParameter": items[0]}} if items else found


def _without_parameters(found: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in found.items() if name != "ResultParameters"}


def _text_codes(found: dict[str, Any]) -> dict[str, Any]:
    return {**found, "ResultType": "0", "ResultCode": str(found["ResultCode"])}


def _spaced(found: dict[str, Any]) -> dict[str, Any]:
    names = {
        "OriginatorConversationID": "Originator Conversation ID",
        "ConversationID": "Conversation ID",
        "TransactionID": "Transaction ID",
    }
    return {names.get(name, name): value for name, value in found.items()}


def _reference_list(found: dict[str, Any]) -> dict[str, Any]:
    return {**found, "ReferenceData": {"ReferenceItem": [{"Key": "BillReferenceNumber"}]}}


def _null_values(found: dict[str, Any]) -> dict[str, Any]:
    items = [{**item, "Value": None} for item in _items(found)]
    return {**found, "ResultParameters": {"ResultParameter": items}}


def _raw(note: str, change: Callable[[bytes], bytes]) -> Plan:
    """A mode that changes the bytes of the body."""

    def plan(notice: Notice, rule: ResultRule, mint: Mint) -> list[Parcel]:
        sent = result(notice, note)
        return [replace(sent, body=change(sent.body))]

    return plan


def _pending(found: dict[str, Any]) -> dict[str, Any]:
    told = {"ResultCode": 1, "ResultDesc": "The transaction is being processed"}
    return _without_parameters({**found, **told})


@dataclass(frozen=True)
class ResultMode:
    """A way of misbehaving: how it plans, and what a tester reads about it."""

    plan: Plan
    words: str


RESULT_MODES: Mapping[str, ResultMode] = {
    "late": ResultMode(_late, "Late"),
    "duplicate": ResultMode(_duplicate, "Duplicate"),
    "lost": ResultMode(_lost, "Lost"),
    EARLY_RESULT: ResultMode(
        lambda notice, rule, mint: [result(notice)], "Early, before the order is answered"
    ),
    "timed_out_first": ResultMode(_timed_out_first, "Time-out notice, then the result"),
    "timed_out_envelope": ResultMode(_envelope_first, "Time-out as a result, then the result"),
    "timed_out_only": ResultMode(_timed_out_only, "Time-out notice and no result"),
    "contradiction_before": ResultMode(_contrary_first, "First one that says the contrary"),
    "contradiction_after": ResultMode(_contrary_after, "Then one that says the contrary"),
    "mismatched_amount": ResultMode(_other_amount, "Another amount"),
    "mismatched_ids": ResultMode(_other_ids, "Other ids"),
    "one_parameter": ResultMode(_shape("one parameter", _one_parameter), "One parameter, no list"),
    "no_parameters": ResultMode(_shape("no parameters", _without_parameters), "No parameters"),
    "text_codes": ResultMode(_shape("codes as text", _text_codes), "Codes as text"),
    "spaced_names": ResultMode(_shape("spaced names", _spaced), "Names with spaces"),
    "reference_list": ResultMode(_shape("reference list", _reference_list), "Reference as a list"),
    "null_values": ResultMode(_shape("values null", _null_values), "Parameters without values"),
    "pending": ResultMode(_shape("still at it", _pending), "“Being processed” under code 1"),
    "not_json": ResultMode(_raw("not JSON", lambda body: b"<html>busy</html>"), "Not JSON"),
}
