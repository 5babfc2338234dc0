"""What happened to one payment, told so that it can be read aloud. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from payment_app.domain.calendar import NAIROBI
from payment_app.domain.cases import WORDS, CaseKind
from payment_app.domain.lifecycle import FAILURES, MONEY
from payment_app.domain.sight import mask_numbers
from payment_app.storage.tables import PaymentEvent
from payment_app.web.staff.formats import age, moment, status_words
from payment_app.web.staff.payment.texts import ACTORS, EVENTS, PAYMENT, SOURCES

_ALWAYS_TOLD = ("case_opened", "gave_up", "push_lost")


@dataclass(frozen=True)
class Happened:
    """One line of the timeline, newest first.

    Attributes:
        words, detail: what happened, and quieter what was said about it.
        who: who brought it, and how it came to be known.
        change: from one status to another, in words; "" when the words are the same.
        at, at_full: in Nairobi; the day is left out where it is that of the line before.
        gap: the time since the line before it.
        sign: name of the icon.
        tone: `good` for the line that says paid, `bad` and `warn` for what went wrong.
        repeats: how often the same happened again, in words; `at` is then the last time.
    """

    words: str = ""
    detail: str = ""
    who: str = ""
    change: str = ""
    at: str = ""
    at_full: str = ""
    gap: str = ""
    sign: str = "dot"
    tone: str = "plain"
    repeats: str = ""


def show_timeline(events: Sequence[PaymentEvent], phone: str) -> list[Happened]:
    """The events, newest first; what only repeats the one before is folded into it.

    Args:
        phone: the payer's, which is masked wherever it stands.
    """
    former: datetime | None = None
    lines: list[Happened] = []
    for group in _folded(events):
        line = _happened(group[-1], former, phone)
        if len(group) > 1:
            first = _clock(group[0].at)
            line = replace(line, repeats=PAYMENT["repeats"].format(number=len(group), since=first))
        lines.append(line)
        former = group[-1].at
    return lines[::-1]


def _folded(events: Sequence[PaymentEvent]) -> list[list[PaymentEvent]]:
    """Neighbours that say the same, together."""
    groups: list[list[PaymentEvent]] = []
    for event in events:
        if groups and _says_the_same(groups[-1][-1], event):
            groups[-1].append(event)
        else:
            groups.append([event])
    return groups


def _says_the_same(one: PaymentEvent, other: PaymentEvent) -> bool:
    moved = other.from_status != other.to_status
    return not moved and _said(one) == _said(other)


def _said(event: PaymentEvent) -> tuple[str, str, str, str]:
    return event.kind, event.actor, event.source, event.detail


def _happened(event: PaymentEvent, former: datetime | None, phone: str) -> Happened:
    sign, tone = _look(event)
    words = EVENTS.get(event.kind, event.kind.replace("_", " ").capitalize())
    change = _change(event)
    if change and tone in ("good", "bad"):  # how it ended is what the line is about
        ended = status_words(event.to_status or "")[0]
        words, change = PAYMENT["ended_line"].format(status=ended, words=words), ""
    detail = event.detail
    if event.kind == "case_opened" and detail in set(CaseKind):
        detail = WORDS[CaseKind(detail)]
    return Happened(
        words=words,
        detail=mask_numbers(detail, [phone]),
        who=_who(event),
        change=change,
        at=_clock(event.at) if former and _day(former) == _day(event.at) else moment(event.at),
        at_full=moment(event.at),
        gap=f"+{age(former, event.at)}" if former else "",
        sign=sign,
        tone=tone,
    )


def _who(event: PaymentEvent) -> str:
    """`M-Pesa · callback`; a source that says no more than the actor is left out."""
    actor = ACTORS.get(event.actor, event.actor)
    source = SOURCES.get(event.source, event.source)
    return actor if source in ("", actor) else PAYMENT["who"].format(actor=actor, source=source)


def _change(event: PaymentEvent) -> str:
    before, after = event.from_status, event.to_status
    words = [status_words(status or "")[0] for status in (before, after)]
    if before is None or after is None or words[0] == words[1]:
        return ""
    return PAYMENT["from_to"].format(before=words[0], after=words[1])


def _look(event: PaymentEvent) -> tuple[str, str]:
    """(icon, tone): only what decides the payment, or needs somebody, is coloured."""
    moved = event.from_status != event.to_status
    if event.kind in _ALWAYS_TOLD:
        return "warn", "warn"
    if moved and event.to_status in MONEY:
        return "good", "good"
    if moved and event.to_status in FAILURES:
        return "bad", "bad"
    return "dot", "plain"


def _clock(at: datetime) -> str:
    return f"{at.astimezone(NAIROBI):%H:%M:%S}"


def _day(at: datetime) -> object:
    return at.astimezone(NAIROBI).date()
