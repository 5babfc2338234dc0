"""What one phone page shows, and its HTML: templates with autoescape, rendered on the server only.

A part is HTML plus a key that changes when its meaning does. The feed sends a page the parts whose
key it does not have yet, so that a half-typed PIN is never overwritten.
"""

from __future__ import annotations

import hashlib
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from payment_app.simulator.core import SimulatorCore
from payment_app.simulator.gateway.operations import OPERATIONS
from payment_app.simulator.misbehaviour import faults, modes
from payment_app.simulator.misbehaviour.result_modes import RESULT_MODES
from payment_app.simulator.mpesa import results
from payment_app.simulator.mpesa.exchange import PAYS_BY_ITSELF
from payment_app.simulator.mpesa.handsets import Handset
from payment_app.simulator.mpesa.wire import NAIROBI, local_spelling

MOST_LISTED = 30
MOST_SENT = 12
PARTS = (
    "announcement",
    "handsets",
    "elsewhere",
    "screen",
    "inbox",
    "ways",
    "settings",
    "trouble",
    "sent",
)
# These stand in the HTML while the key is taken of it: time alone changes no key.
_LEFT, _CLOCK, _CLOCK_SECONDS = "@seconds-left@", "@clock@", "@clock-seconds@"


class View:
    """What one page shows: a chosen phone, or whichever has the newest prompt.

    Args:
        simulator: the state, read at each rendering.
        root: where the phone app is mounted, without a trailing slash.
        chosen: a number to stay with; None follows the newest prompt.
    """

    def __init__(self, simulator: SimulatorCore, root: str, chosen: str | None) -> None:
        self.simulator, self.root, self.chosen = simulator, root, chosen
        self._handsets = simulator.exchange.handsets

    def listed(self) -> list[Handset]:
        """The newest phones; first those where a PIN is being typed, then those with a prompt."""
        newest = islice(self._handsets.newest_first(), MOST_LISTED)
        return sorted(newest, key=_urgency)

    def handset(self) -> Handset | None:
        """The phone to show."""
        if self.chosen is not None:
            return self._handsets.find(self.chosen)
        return next(iter(self.listed()), None)

    def elsewhere(self) -> Handset | None:
        """The phone that is asked to pay while the chosen one has nothing to do."""
        shown = self.handset()
        if self.chosen is None or (shown is not None and shown.prompt is not None):
            return None
        return next((one for one in self.listed() if one.shown_prompt is not None), None)

    def fragments(self) -> dict[str, tuple[str, str]]:
        """Every part by element id: its key and its HTML."""
        values = self._values()
        return {name: self._keyed(_render(name, values)) for name in PARTS}

    def page(self, asset_version: str) -> str:
        """The whole HTML document, its parts included."""
        frame = {
            "parts": self.fragments(),
            "version": asset_version,
            "modes": {name: mode.words for name, mode in modes.MODES.items()},
            "most_times": modes.MOST_TIMES,
            "operations": OPERATIONS,
            "result_modes": {name: mode.words for name, mode in RESULT_MODES.items()},
            "kinds": {name: kind.words for name, kind in faults.KINDS.items()},
            "auto_complete": f"{self.simulator.exchange.auto_complete_seconds:g}",
        }
        return _render("page", self._values() | frame)

    def _values(self) -> dict[str, Any]:
        handset = self.handset()
        return {
            "root": self.root,
            "chosen": self.chosen,
            "listed": self.listed(),
            "handset": handset,
            "prompt": handset.prompt if handset else None,
            "prompt_shown": handset is not None and handset.shown_prompt is not None,
            "pays_by_itself": PAYS_BY_ITSELF,
            "left": _LEFT,
            "clock": _CLOCK,
            "clock_seconds": _CLOCK_SECONDS,
            "elsewhere": self.elsewhere(),
            "troubles": troubles(self.simulator),
            "sent": list(self.simulator.courier.records)[-MOST_SENT:][::-1],
        }

    def _keyed(self, html: str) -> tuple[str, str]:
        """The HTML with the times of now, under a key that they do not change."""
        handset, now = self.handset(), self.simulator.clock()
        prompt = handset.prompt if handset else None
        left = (prompt.due_at - now).total_seconds() if prompt else 0.0
        local = now.astimezone(NAIROBI)
        times = {
            _LEFT: f"{max(0.0, left):.1f}",
            _CLOCK: f"{local:%H:%M}",
            _CLOCK_SECONDS: str(local.hour * 3600 + local.minute * 60 + local.second),
        }
        key = hashlib.sha256(html.encode()).hexdigest()[:16]
        for mark, words in times.items():
            html = html.replace(mark, words)
        return key, html


def _urgency(handset: Handset) -> int:
    if handset.prompt is None:
        return 2
    return 0 if handset.prompt.typing else 1


def troubles(simulator: SimulatorCore) -> list[str]:
    """What is set to go wrong, a few words each."""
    rule, chaos = simulator.trouble.rule, simulator.trouble.chaos
    found = []
    if rule is not None:
        words = modes.MODES[rule.mode].words
        found.append(f"{_how_often('callback', rule.count)}: {words}")
    if chaos is not None:
        chances = f"{chaos.drop:.0%} lost, {chaos.duplicate:.0%} twice, "
        found.append(
            f"Random callbacks: {chances}{chaos.reorder:.0%} out of order, {chaos.late:.0%} late"
        )
    result_rule = simulator.trouble.result_rule
    if result_rule is not None:
        words = RESULT_MODES[result_rule.mode].words
        found.append(f"{_how_often('result', result_rule.count)}: {words}")
    if simulator.treasury.next_result is not None:
        found.append(f"Next money back ends with {simulator.treasury.next_result}")
    for fault in simulator.faults.active():
        often = _how_often(f"{OPERATIONS[fault.operation]} call", fault.count)
        found.append(f"{often}: {faults.KINDS[fault.kind].words}")
    if simulator.exchange.next_result is not None:
        found.append(f"Next push ends with {simulator.exchange.next_result}")
    return found


def _how_often(what: str, count: int | None) -> str:
    if count is None:
        return f"Every {what}"
    return f"Next {what}" if count == 1 else f"Next {count} {what}s"


_RESULT_NAMES = {
    results.NO_MONEY: "Not enough money",
    results.OVER_TRANSACTION_LIMIT: "Over the transaction limit",
    results.OVER_DAILY_LIMIT: "Over the daily limit",
    results.SAME_AGAIN: "Same amount again too soon",
    results.EXPIRED: "Expired",
    results.PROMPT_TOO_LONG: "Prompt not sent",
    "1031": "Cancelled",
    results.CANCELLED: "Cancelled",
    results.NO_ANSWER: "No answer",
    results.WRONG_PIN: "Wrong PIN",
    results.WRONG_PRODUCT: "Wrong type of business",
    results.PIN_LOCKED: "PIN locked",
    results.NO_SUCH_OPERATOR: "No such business",
}


def result_name(code: str, amount: int) -> str:
    """A result in a few words, with its code unless it was paid; `amount` in whole shillings."""
    if code == results.PAID:
        return f"Paid {shillings(amount)}"
    return f"{_RESULT_NAMES.get(code, 'Failed')} ({code})"


def shillings(amount: int) -> str:
    """`KSh 2,500`."""
    return f"KSh {amount:,}"


def _nairobi(moment: datetime) -> datetime:
    return moment.astimezone(NAIROBI)


_templates = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_templates.filters.update(
    phone=local_spelling, shillings=shillings, result_name=result_name, nairobi=_nairobi
)


def _render(name: str, values: dict[str, Any]) -> str:
    return _templates.get_template(f"{name}.html").render(values).strip()
