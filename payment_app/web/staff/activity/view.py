"""The activity log in words: an `ActivityView` from a page of it. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import urlencode

from payment_app.services.staff.activity import Activity, ActivityPage
from payment_app.web.staff.activity.texts import ACTIONS, ACTIVITY, FACTS, SUBJECTS
from payment_app.web.staff.formats import moment, short_moment

FIELDS = ("member", "action", "subject", "from", "to")
"""What the address may name, beside the place in the log."""
_PAGES = {"payment": "/staff/payments/", "booking": "/staff/bookings/"}
_LONGEST_FACT = 200


@dataclass(frozen=True)
class ActivityLine:
    """Who did what, to what, when and from where; `change` holds a line for each fact."""

    key: str = ""
    time: str = ""
    time_full: str = ""
    who: str = ""
    email: str = ""
    action: str = ""
    subject: str = ""
    href: str = ""
    change: list[str] = field(default_factory=list)
    address: str = ""


@dataclass(frozen=True)
class Choice:
    """One action that the log knows, by its value in the address and its words."""

    value: str = ""
    word: str = ""


@dataclass(frozen=True)
class ActivityForm:
    """The filter as the address has it; days are as the browser's date fields give them."""

    member: str = ""
    action: str = ""
    subject: str = ""
    since: str = ""
    until: str = ""


@dataclass(frozen=True)
class ActivityView:
    """One page of the log; `older_href` and `newer_href` are empty where it ends."""

    form: ActivityForm = field(default_factory=ActivityForm)
    actions: list[Choice] = field(default_factory=list)
    lines: list[ActivityLine] = field(default_factory=list)
    older_href: str = ""
    newer_href: str = ""
    problem: str = ""


def show_activity(
    page: ActivityPage, actions: Sequence[str], params: Mapping[str, str], now: datetime
) -> ActivityView:
    """The page for the address's `params`."""
    return ActivityView(
        form=show_form(params),
        actions=show_actions(actions),
        lines=[_line(line, now) for line in page.lines],
        older_href=_href(params, "before", page.older),
        newer_href=_href(params, "after", page.newer),
    )


def show_form(params: Mapping[str, str]) -> ActivityForm:
    """What the fields hold."""
    return ActivityForm(*(params.get(name, "") for name in FIELDS))


def show_actions(actions: Sequence[str]) -> list[Choice]:
    """The actions that the log knows, by their words."""
    choices = [Choice(action, action_words(action)) for action in actions]
    return sorted(choices, key=lambda choice: choice.word)


def action_words(action: str) -> str:
    """`Saved a view` for `view_saved`."""
    return ACTIONS.get(action, action.replace("_", " ").capitalize())


def _line(line: Activity, now: datetime) -> ActivityLine:
    kind, _, number = line.subject.partition(":")
    return ActivityLine(
        key=str(line.audit_id),
        time=short_moment(line.at, now),
        time_full=moment(line.at),
        who=line.actor_name or line.actor,
        email=line.actor if line.actor_name else "",
        action=action_words(line.action),
        subject=_subject(line, kind, number),
        href=f"{_PAGES[kind]}{number}" if kind in _PAGES and number.isdigit() else "",
        change=[*_changes(line.before, line.after)],
        address=line.address,
    )


def _subject(line: Activity, kind: str, number: str) -> str:
    """`Payment 12`, a member by name."""
    if line.subject_name:
        return line.subject_name
    word = SUBJECTS.get(kind, kind.replace("_", " ").capitalize())
    return f"{word} {number}".strip() or ACTIVITY["nobody"]


def _changes(before: Mapping[str, object], after: Mapping[str, object]) -> list[str]:
    """What changed, a line for each fact; what stayed as it was is left out."""
    lines = []
    for name in dict.fromkeys([*before, *after]):
        was, is_ = before.get(name), after.get(name)
        words = name.replace("_", " ")
        if name not in after:
            lines.append(ACTIVITY["gone"].format(name=words, value=_fact(was)))
        elif name not in before:
            lines.append(ACTIVITY["fact"].format(name=words, value=_fact(is_)))
        elif was != is_:
            lines.append(ACTIVITY["facts"].format(name=words, before=_fact(was), after=_fact(is_)))
    return lines


def _fact(value: object) -> str:
    if isinstance(value, str) and value in FACTS:
        return FACTS[value]
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _LONGEST_FACT else text[: _LONGEST_FACT - 1] + "…"


def _href(params: Mapping[str, str], name: str, place: int | None) -> str:
    if place is None:
        return ""
    kept = {key: params[key] for key in FIELDS if params.get(key)}
    return f"/staff/activity?{urlencode(kept | {name: str(place)})}"
