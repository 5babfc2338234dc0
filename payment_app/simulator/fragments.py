"""The living parts of the phone page, rendered on the server only.

A fragment is HTML plus a key that changes when its meaning does. The feed sends a page the
fragments whose key it does not have yet, so that a half-typed PIN is never overwritten.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from datetime import datetime
from itertools import islice
from typing import TYPE_CHECKING

from payment_app.simulator import faults, misbehaviour
from payment_app.simulator.courier import Delivery
from payment_app.simulator.exchange import PAYS_BY_ITSELF
from payment_app.simulator.handsets import Handset, Sms
from payment_app.simulator.markup import action_button, hidden, result_name, shillings, text
from payment_app.simulator.prompts import Prompt
from payment_app.simulator.wire import NAIROBI, local_spelling

if TYPE_CHECKING:
    from payment_app.simulator.simulator import Simulator

MOST_LISTED = 30
MOST_SENT = 12
_LEFT = "@seconds-left@"


class View:
    """What one page shows: a chosen phone, or whichever has the newest prompt.

    Args:
        simulator: the state, read at each rendering.
        root: where the phone app is mounted, without a trailing slash.
        chosen: a number to stay with; None follows the newest prompt.
    """

    def __init__(self, simulator: Simulator, root: str, chosen: str | None) -> None:
        self.simulator, self.root, self.chosen = simulator, root, chosen
        self._handsets = simulator.exchange.handsets

    @property
    def now(self) -> datetime:
        """The simulator's time."""
        return self.simulator.clock()

    def listed(self) -> list[Handset]:
        """The newest phones; first those where a PIN is being typed, then those with a prompt."""
        newest = islice(self._handsets.newest_first(), MOST_LISTED)
        return sorted(newest, key=_urgency)

    def handset(self) -> Handset | None:
        """The phone to show."""
        if self.chosen is not None:
            return self._handsets.find(self.chosen)
        return next(iter(self.listed()), None)

    def fragments(self) -> dict[str, tuple[str, str]]:
        """Every fragment by element id: its key and its HTML."""
        return {name: self._keyed(render(self)) for name, render in _FRAGMENTS.items()}

    def _keyed(self, html: str) -> tuple[str, str]:
        handset = self.handset()
        prompt = handset.prompt if handset else None
        left = (prompt.due_at - self.now).total_seconds() if prompt else 0.0
        key = hashlib.sha256(html.encode()).hexdigest()[:16]
        return key, html.replace(_LEFT, f"{max(0.0, left):.1f}")


def _urgency(handset: Handset) -> int:
    if handset.prompt is None:
        return 2
    return 0 if handset.prompt.typing else 1


def _announcement(view: View) -> str:
    handset = view.handset()
    prompt = handset.shown_prompt if handset else None
    if handset is None or prompt is None:
        return ""
    return text(f"{local_spelling(handset.msisdn)}: {prompt.text}")


def _handset_list(view: View) -> str:
    handsets, shown = view.listed(), view.handset()
    if not handsets:
        return '<p class="empty">No phone yet. Pay with any Kenyan number and it appears here.</p>'
    items = "".join(_list_item(view, handset, handset is shown) for handset in handsets)
    follow = ""
    if view.chosen is not None:
        follow = f'<p><a href="{text(view.root)}/">Follow the newest prompt</a></p>'
    return f"<ul>{items}</ul>{follow}"


def _list_item(view: View, handset: Handset, current: bool) -> str:
    address = f"{view.root}/?phone={handset.msisdn}"
    mark = ' aria-current="page"' if current else ""
    badge = _badge(handset)
    return (
        f'<li><a href="{text(address)}"{mark}><span class="number">'
        f"{local_spelling(handset.msisdn)}</span>{badge}"
        f'<span class="money">{shillings(handset.balance)}</span></a></li>'
    )


def _badge(handset: Handset) -> str:
    if not handset.on:
        return '<span class="badge">Off</span>'
    if handset.shown_prompt is not None:
        return '<span class="badge now">Prompt</span>'
    return '<span class="badge warn">PIN locked</span>' if handset.locked else ""


def _screen(view: View) -> str:
    handset = view.handset()
    if handset is None:
        return (
            f'<div class="bar"><span>No number yet</span>{_ICONS}</div><div class="home wait">'
            "<p>Start a payment with any Kenyan number: its M-PESA prompt appears here.</p></div>"
        )
    number = f'<span class="number">{local_spelling(handset.msisdn)}</span>'
    if not handset.on:
        return (
            f'<div class="bar">{number}</div><div class="home wait"><p>This phone is off.</p></div>'
        )
    bar = f'<div class="bar">{number}{_ICONS}</div>'
    prompt = handset.shown_prompt
    return bar + (_prompt(view, handset, prompt) if prompt else _home(handset))


_ICONS = (
    '<svg width="40" height="14" viewBox="0 0 40 14" aria-hidden="true" fill="currentColor">'
    '<path d="M0 9h3v4H0zM4.5 6h3v7h-3zM9 3h3v10H9zM13.5 0h3v13h-3z"/>'
    '<path d="M24 2h11a2 2 0 0 1 2 2v1h1.5v5H37v1a2 2 0 0 1-2 2H24a2 2 0 0 1-2-2V4a2 2 0 0 1 2-2z"'
    "/></svg>"
)


def _home(handset: Handset) -> str:
    locked = '<p class="warn">M-PESA PIN locked</p>' if handset.locked else ""
    return (
        '<div class="home"><p class="label">M-PESA balance</p>'
        f'<p class="balance">{shillings(handset.balance)}</p>{locked}</div>'
    )


def _prompt(view: View, handset: Handset, prompt: Prompt) -> str:
    root, number = text(view.root), hidden(msisdn=handset.msisdn)
    return (
        f'<div class="prompt" data-prompt="{text(prompt.checkout_request_id)}">'
        f'<p id="asked">{text(prompt.text)}</p>'
        f'<form method="post" action="{root}/act/pin" class="pin" aria-describedby="asked">{number}'
        '<label for="pin">M-PESA PIN</label>'
        '<input id="pin" name="pin" type="password" inputmode="numeric" pattern="[0-9]{4}" '
        'maxlength="4" required autocomplete="off" data-touches title="Four digits" '
        'aria-describedby="pin-hint">'
        f'<p id="pin-hint" class="hint">This phone’s PIN is {text(handset.pin)}</p>'
        f'<div class="choice"><button class="quiet" form="cancel">Cancel</button>'
        '<button class="main">Send</button></div></form>'
        f'<form id="cancel" method="post" action="{root}/act/cancel">{number}</form></div>'
    )


def _inbox(view: View) -> str:
    handset = view.handset()
    if handset is None or not handset.on:
        return ""
    messages = "".join(_message(sms) for sms in handset.inbox)
    listed = f"<ol>{messages}</ol>" if messages else '<p class="empty">None yet.</p>'
    return f"<h2>Messages from M-PESA</h2>{listed}"


def _message(sms: Sms) -> str:
    local = sms.at.astimezone(NAIROBI)
    return (
        f"<li><p>{text(sms.text)}</p>"
        f'<time datetime="{local.isoformat(timespec="seconds")}">{local:%H:%M}</time></li>'
    )


def _ways(view: View) -> str:
    """What the customer may do instead of typing the PIN, and what happens if nobody does."""
    handset = view.handset()
    prompt = handset.prompt if handset else None
    if handset is None or prompt is None:
        return ""
    if handset.shown_prompt is None:
        words = "M-Pesa is working on a push to this phone."
        return f'<p class="fate">{words} {_countdown()}</p>'
    own, root = {"msisdn": handset.msisdn}, view.root
    by_itself = prompt.due == PAYS_BY_ITSELF
    fate = "Pays by itself in" if by_itself else "Runs out unanswered in"
    buttons = [
        action_button(root, "wrong_pin", "Wrong PIN", **own),
        action_button(root, "no_balance", "Not enough money", **own),
        action_button(root, "unreachable", "Out of reach", **own),
        action_button(root, "expired", "Expired", **own),
    ]
    if by_itself:
        buttons.insert(0, action_button(root, "ignore", "Don’t answer", **own))
    return f'<p class="fate">{fate} {_countdown()}</p><div class="ways">{"".join(buttons)}</div>'


def _countdown() -> str:
    return f'<span class="countdown" data-seconds-left="{_LEFT}"><b>a moment</b></span>'


def _settings(view: View) -> str:
    handset = view.handset()
    if handset is None:
        return '<p class="empty">Add a phone, or wait for a prompt.</p>'
    own, root = {"msisdn": handset.msisdn}, view.root
    switch = "Turn off" if handset.on else "Turn on"
    buttons = [
        action_button(root, "switch", switch, on="" if handset.on else "1", **own),
        action_button(root, "balance", "Empty purse", balance="0", **own),
    ]
    if handset.locked:
        buttons.append(action_button(root, "unlock", "Unlock the PIN", **own))
    return (
        f'<form method="post" action="{text(root)}/act/balance" class="line">{hidden(**own)}'
        '<p class="field"><label for="balance">Balance, KSh</label>'
        '<input id="balance" name="balance" type="number" min="0" max="100000000" step="1" '
        f'required value="{handset.balance}"></p><button class="quiet">Set</button></form>'
        f'<div class="ways">{"".join(buttons)}</div>'
    )


def _trouble(view: View) -> str:
    troubles = _troubles(view.simulator)
    if not troubles:
        return '<p class="calm">Everything behaves.</p>'
    items = "".join(f"<li>{text(trouble)}</li>" for trouble in troubles)
    return f"<ul>{items}</ul>{action_button(view.root, 'behave', 'Behave again', 'main')}"


def _troubles(simulator: Simulator) -> list[str]:
    rule, chaos = simulator.courier.rule, simulator.courier.chaos
    found = []
    if rule is not None:
        words = misbehaviour.MODES[rule.mode].words
        found.append(f"{_how_often('callback', rule.count)}: {words}")
    if chaos is not None:
        chances = f"{chaos.drop:.0%} lost, {chaos.duplicate:.0%} twice, "
        found.append(
            f"Random callbacks: {chances}{chaos.reorder:.0%} out of order, {chaos.late:.0%} late"
        )
    for fault in simulator.faults.active():
        call = faults.OPERATIONS[fault.operation]
        often = _how_often(f"{call} call", fault.count)
        found.append(f"{often}: {faults.KINDS[fault.kind].words}")
    if simulator.exchange.next_result is not None:
        found.append(f"Next push ends with {simulator.exchange.next_result}")
    return found


def _how_often(what: str, count: int | None) -> str:
    if count is None:
        return f"Every {what}"
    return f"Next {what}" if count == 1 else f"Next {count} {what}s"


def _sent(view: View) -> str:
    newest = list(view.simulator.courier.records)[-MOST_SENT:][::-1]
    if not newest:
        return '<p class="empty">No callback has been sent yet.</p>'
    return f"<ol>{''.join(_delivery(record) for record in newest)}</ol>"


def _delivery(record: Delivery) -> str:
    local = record.at.astimezone(NAIROBI)
    good = " good" if record.answer == "200" else ""
    answer = f"HTTP {record.answer}" if record.answer.isdecimal() else record.answer
    note = f' <span class="badge warn">{text(record.note)}</span>' if record.note else ""
    return (
        f"<li><p><b>{text(result_name(record.code, record.amount))}</b>{note}"
        f'<span class="answer{good}">{text(answer)}</span></p>'
        f'<p class="small">{local:%H:%M:%S}, {local_spelling(record.msisdn)}, '
        f"to {text(record.address)}</p></li>"
    )


_FRAGMENTS: Mapping[str, Callable[[View], str]] = {
    "announcement": _announcement,
    "handsets": _handset_list,
    "screen": _screen,
    "inbox": _inbox,
    "ways": _ways,
    "settings": _settings,
    "trouble": _trouble,
    "sent": _sent,
}
