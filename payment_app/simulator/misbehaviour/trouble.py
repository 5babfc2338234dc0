"""How the callbacks to come misbehave: a rule for the next few, or chances for each."""

from __future__ import annotations

from dataclasses import replace
from random import Random

from payment_app.simulator.gateway.callbacks import Callback
from payment_app.simulator.gateway.notices import Notice
from payment_app.simulator.gateway.parcels import Parcel
from payment_app.simulator.misbehaviour.modes import (
    EARLY,
    CallbackRule,
    Chaos,
    plan_by_chance,
    plan_by_rule,
)
from payment_app.simulator.misbehaviour.result_modes import (
    EARLY_RESULT,
    ResultRule,
    plan_result,
)
from payment_app.simulator.mpesa.wire import Mint


class CallbackTrouble:
    """What is set to go wrong with callbacks; a rule goes before the chances.

    Attributes:
        rule: holds for as many callbacks as it says; None when no rule is in force.
        result_rule: the same for results of operators' orders.
        chaos: random trouble; None for none.
    """

    def __init__(self, random: Random, mint: Mint) -> None:
        self._random, self._mint = random, mint
        self.rule: CallbackRule | None = None
        self.result_rule: ResultRule | None = None
        self.chaos: Chaos | None = None

    def takes_early_result(self) -> bool:
        """The same for an operator's order and its result."""
        rule = self.result_rule
        return rule is not None and rule.mode == EARLY_RESULT and bool(self._take_result_rule())

    def plan_result(self, notice: Notice) -> list[Parcel]:
        """What to post for one true result."""
        waits = self.result_rule is not None and self.result_rule.mode != EARLY_RESULT
        rule = self._take_result_rule() if waits else None
        return plan_result(notice, rule or ResultRule(), self._mint)

    def _take_result_rule(self) -> ResultRule | None:
        rule = self.result_rule
        if rule is not None and rule.count is not None:
            self.result_rule = replace(rule, count=rule.count - 1) if rule.count > 1 else None
        return rule

    def behave(self) -> None:
        """Ends all misbehaviour of callbacks to come; what is on its way stays so."""
        self.rule = self.chaos = self.result_rule = None

    def takes_early(self) -> bool:
        """Whether the push being handled must see its callback before its answer; uses a count."""
        return self.rule is not None and self.rule.mode == EARLY and bool(self._take_rule())

    def plan(self, callback: Callback) -> list[Parcel]:
        """What to post for one true callback."""
        rule = self._take_rule() if self.rule and self.rule.mode != EARLY else None
        if rule is not None:
            return plan_by_rule(callback, rule, self._mint)
        if self.chaos is not None:
            return plan_by_chance(callback, self.chaos, self._random)
        return plan_by_rule(callback, CallbackRule(), self._mint)

    def _take_rule(self) -> CallbackRule | None:
        rule = self.rule
        if rule is not None and rule.count is not None:
            self.rule = replace(rule, count=rule.count - 1) if rule.count > 1 else None
        return rule
