"""`POST /control`: everything the phone page can do, as JSON for tests.

Any of these keys, alone or together; they are all checked before the first takes effect, and take
effect in this order. The answer is the state as `GET /control` gives it; a fault is answered with
400 and `{"error": "<sentence>"}`.

- `"reset": true` starts afresh; `"reset": "misbehaviour"` only ends misbehaviour.
- `"auto_complete_seconds": 5` after which an untouched prompt pays by itself; 0 = never.
- `"handset": {"msisdn", "balance", "on", "pin", "locked", "transaction_limit"}` (all but the
  first optional; `"locked": false` unlocks).
- `"callback": {"mode", "seconds", "times", "count"}`: `mode` is `normal` or a key of
  `modes.MODES`: late, duplicate, out_of_order, lost, early, forged, mismatched_amount,
  mismatched_ids, contradiction_after, contradiction_before, items_missing, items_shuffled,
  items_null, items_extra, masked_phone, wrong_content_type, not_utf8, deep_json, huge.
  `count` (1) is for how many callbacks, null for all.
- `"chaos": {"drop", "duplicate", "reorder", "late", "late_seconds"}`: chances from 0 to 1, drawn
  from the seed; null ends it. A `callback` rule in force goes before it.
- `"fault": {"operation", "kind", "count", "seconds", "after"}`: `operation` is token, stk_push,
  stk_query, reversal, payout, transaction_status or account_balance; `kind` a key of
  `faults.KINDS`, such as http_503, timeout, reset, slow, html, empty, truncated, huge, redirect,
  token_expired, duplicate_checkout_id, order_unclear; `after: true` lets the gateway do its work
  first; a list of such objects sets several.
- `"result": "1025"` (or a number) ends the next push with that code without asking the customer;
  0 pays whatever the balance; null takes it back.
- `"order_result": "1"` ends the next reversal or payout with that code, without moving money;
  "dropped" takes it and lets nothing come of it; null takes it back.
- `"results": {"mode", "seconds", "times", "count"}`: as `callback`, for the results of operators'
  orders; `mode` is `normal` or a key of `result_modes.RESULT_MODES`.
- `"operator": {"name", "password", "roles", "locked", "active"}`: who may order; made if need be.
- `"account": {"shortcode", "utility", "merchant", "working", "pays_out"}`: what a business holds.
- `"answer": {"msisdn", "with", "pin"}`: `with` is pin (the phone's own unless `pin` is given),
  wrong_pin, cancel (1032), ignore (lives out its time), typing (likewise), time_out and
  unreachable (1037 now), expired (1019 now) or no_balance (1, the purse stays). Needs a shown
  prompt.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import islice
from typing import Any

from payment_app.simulator.core import SimulatorCore
from payment_app.simulator.misbehaviour.faults import Fault
from payment_app.simulator.misbehaviour.modes import NORMAL, CallbackRule, Chaos
from payment_app.simulator.misbehaviour.result_modes import ResultRule
from payment_app.simulator.mpesa import results
from payment_app.simulator.mpesa.exchange import good_auto_complete
from payment_app.simulator.mpesa.handsets import (
    FIRST_PIN,
    TRANSACTION_LIMIT,
    Handset,
    good_balance,
    good_msisdn,
    good_pin,
)
from payment_app.simulator.phone.fields import RESULT_CODE, Action, check, read_fields
from payment_app.simulator.phone.order_control import ORDER_READERS
from payment_app.simulator.settings import SimulatorError

MOST_SHOWN = 50
_NUMBER = (int, float)


def apply_control(simulator: SimulatorCore, order: Any) -> None:
    """Does what a control object says.

    Raises:
        SimulatorError: it names something unknown or impossible; the message says what.
    """
    if not isinstance(order, dict):
        raise SimulatorError("The body must be a JSON object.")
    unknown = sorted(set(order) - set(_READERS))
    if unknown:
        raise SimulatorError(f"There is no setting '{unknown[0]}'.")
    actions = [read(order[key]) for key, read in _READERS.items() if key in order]
    for action in actions:
        action(simulator)


def state_of(simulator: SimulatorCore) -> dict[str, Any]:
    """The state as JSON: the 50 newest phones and deliveries, and what is set to go wrong."""
    exchange, courier = simulator.exchange, simulator.courier
    handsets = islice(exchange.handsets.newest_first(), MOST_SHOWN)
    return {
        "auto_complete_seconds": exchange.auto_complete_seconds,
        "live_prompts": exchange.prompts.count_live(),
        "handsets": [_handset_json(handset) for handset in handsets],
        "callback": vars(simulator.trouble.rule or CallbackRule(NORMAL, count=None)),
        "chaos": vars(chaos) if (chaos := simulator.trouble.chaos) else None,
        "faults": [vars(fault) for fault in simulator.faults.active()],
        "result": exchange.next_result,
        "results": vars(simulator.trouble.result_rule or ResultRule(NORMAL, count=None)),
        "order_result": simulator.treasury.next_result,
        "deliveries": [record.as_json() for record in courier.records][-MOST_SHOWN:],
        "ledger": {
            "count": simulator.ledger.count,
            "total": simulator.ledger.total,
            "total_returned": simulator.ledger.total_returned,
        },
    }


def _handset_json(handset: Handset) -> dict[str, Any]:
    prompt = handset.prompt
    return {
        "msisdn": handset.msisdn,
        "balance": handset.balance,
        "on": handset.on,
        "locked": handset.locked,
        "prompt": prompt
        and {
            "checkout_request_id": prompt.checkout_request_id,
            "text": prompt.text,
            "amount": prompt.order.amount,
            "account_reference": prompt.order.account_reference,
            "shown": handset.shown_prompt is prompt,
            "due": prompt.due,
            "due_at": prompt.due_at.isoformat(),
        },
        "messages": [sms.text for sms in handset.inbox],
    }


def _read_reset(value: Any) -> Action:
    if value is True:
        return lambda simulator: simulator.reset()
    if value == "misbehaviour":
        return lambda simulator: simulator.behave()
    raise SimulatorError("'reset' is true or \"misbehaviour\".")


def _read_auto_complete(value: Any) -> Action:
    check("auto_complete_seconds", value, _NUMBER)
    good_auto_complete(value)
    return lambda simulator: simulator.set_auto_complete(value)


_HANDSET = {
    "msisdn": (str,),
    "balance": (int,),
    "on": (bool,),
    "pin": (str,),
    "locked": (bool,),
    "transaction_limit": (int,),
}


def _read_handset(value: Any) -> Action:
    fields = read_fields("handset", value, _HANDSET, needed=("msisdn",))
    good_msisdn(fields["msisdn"])
    good_balance(fields.get("balance", 0))
    good_pin(fields.get("pin", FIRST_PIN))
    limit = fields.get("transaction_limit", TRANSACTION_LIMIT)
    if not 0 < limit <= TRANSACTION_LIMIT:
        raise SimulatorError(f"A transaction limit is 1 to {TRANSACTION_LIMIT}.")

    def action(simulator: SimulatorCore) -> None:
        msisdn = fields["msisdn"]
        handset = simulator.handset(msisdn)
        handset.transaction_limit = fields.get("transaction_limit", handset.transaction_limit)
        if "balance" in fields:
            simulator.set_balance(msisdn, fields["balance"])
        if "pin" in fields:
            simulator.set_pin(msisdn, fields["pin"])
        if "locked" in fields:
            handset.unlock()
            handset.locked = fields["locked"]
        simulator.exchange.switch(msisdn, on=fields.get("on", handset.on))

    return action


_CALLBACK = {"mode": (str,), "seconds": _NUMBER, "times": (int,), "count": (int, type(None))}


def _read_callback(value: Any) -> Action:
    fields = read_fields("callback", value, _CALLBACK, needed=("mode",))
    CallbackRule(**fields)
    return lambda simulator: simulator.misbehave(**fields)


_CHAOS = dict.fromkeys(("drop", "duplicate", "reorder", "late", "late_seconds"), _NUMBER)


def _read_chaos(value: Any) -> Action:
    chaos = None if value is None else Chaos(**read_fields("chaos", value, _CHAOS))
    return lambda simulator: simulator.set_chaos(chaos)


_FAULT = {
    "operation": (str,),
    "kind": (str,),
    "count": (int, type(None)),
    "seconds": _NUMBER,
    "after": (bool, type(None)),
}


def _read_fault(value: Any) -> Action:
    listed = value if isinstance(value, list) else [value]
    faults = [Fault(**read_fields("fault", one, _FAULT, ("operation", "kind"))) for one in listed]

    def action(simulator: SimulatorCore) -> None:
        for fault in faults:
            simulator.fault(**vars(fault))

    return action


def _read_result(value: Any) -> Action:
    if value is None:
        return lambda simulator: simulator.force_result(None)
    check("result", value, (str, int))
    if not RESULT_CODE.fullmatch(str(value)):
        raise SimulatorError("A result code is up to 32 letters, digits, dots and underscores.")
    return lambda simulator: simulator.force_result(str(value))


_ANSWER = {"msisdn": (str,), "with": (str,), "pin": (str,)}


def _read_answer(value: Any) -> Action:
    fields = read_fields("answer", value, _ANSWER, needed=("msisdn", "with"))
    msisdn, way = fields["msisdn"], fields["with"]
    if way not in _ANSWERS:
        raise SimulatorError(f"There is no answer '{way}'.")
    return lambda simulator: _ANSWERS[way](simulator, msisdn, fields.get("pin"))


def _pin(simulator: SimulatorCore, msisdn: str, pin: str | None) -> object:
    own = simulator.handset(msisdn).pin
    return simulator.enter_pin(msisdn, own if pin is None else pin)


def _wrong_pin(simulator: SimulatorCore, msisdn: str, pin: str | None) -> object:
    own = simulator.handset(msisdn).pin
    return simulator.enter_pin(msisdn, "0000" if own != "0000" else "9999")


_ANSWERS: Mapping[str, Callable[[SimulatorCore, str, str | None], object]] = {
    "pin": _pin,
    "wrong_pin": _wrong_pin,
    "cancel": lambda simulator, msisdn, _: simulator.cancel(msisdn),
    "ignore": lambda simulator, msisdn, _: simulator.ignore(msisdn),
    "typing": lambda simulator, msisdn, _: simulator.exchange.touch(msisdn, typing=True),
    "time_out": lambda simulator, msisdn, _: simulator.time_out(msisdn),
    "no_balance": lambda simulator, msisdn, _: simulator.exchange.answer(msisdn, results.NO_MONEY),
    "unreachable": lambda simulator, msisdn, _: simulator.time_out(msisdn),
    "expired": lambda simulator, msisdn, _: simulator.exchange.answer(msisdn, results.EXPIRED),
}

_READERS: Mapping[str, Callable[[Any], Action]] = {
    "reset": _read_reset,
    "auto_complete_seconds": _read_auto_complete,
    "handset": _read_handset,
    "callback": _read_callback,
    "chaos": _read_chaos,
    "fault": _read_fault,
    "result": _read_result,
    **ORDER_READERS,
    "answer": _read_answer,
}
