"""The settings page in words. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from payment_app.domain.money import MAX_PER_TRANSACTION
from payment_app.services.operations.health import Environment, Health, Link, LinkState
from payment_app.services.payments import limits, pauses
from payment_app.services.payments.query_schedule import LADDER, RECEIPT_GRACE
from payment_app.services.records.retention import BODIES_KEPT, CALLS_KEPT
from payment_app.services.staff.accounts import StaffRow
from payment_app.services.staff.saved_views import View
from payment_app.web.fact import Fact
from payment_app.web.staff.formats import money, short_moment
from payment_app.web.staff.settings.texts import (
    ENVIRONMENT,
    HEALTH,
    LIMITS,
    LINKS,
    RAILS,
    SLOW_WORDS,
    STAFF,
    STATES,
    VIEWS,
)
from payment_app.web.staff.texts import ROLES

_STAMPED = ("callbacks", "records", "backup")
"""Links whose time is that of the last good thing, not of the beginning of trouble."""


@dataclass(frozen=True)
class HealthLine:
    """One link of the chain between a click and the books, and how it is."""

    key: str = ""
    name: str = ""
    word: str = ""
    tone: str = "plain"
    sentence: str = ""
    time: str = ""


@dataclass(frozen=True)
class ViewLine:
    """One saved view; `may_rename` and `may_delete` say what this member may do with it."""

    key: str = ""
    name: str = ""
    href: str = ""
    whose: str = ""
    manage: str = ""
    may_rename: bool = False
    may_delete: bool = False


@dataclass(frozen=True)
class StaffLine:
    """One member; `me` is whoever looks."""

    key: str = ""
    name: str = ""
    email: str = ""
    role: str = ""
    role_key: str = ""
    status: str = ""
    tone: str = "good"
    authenticator: str = ""
    manage: str = ""
    disabled: bool = False
    me: bool = False


@dataclass(frozen=True)
class SettingsView:
    """What every member sees; the staff table is for administrators, and stands apart."""

    health: list[HealthLine] = field(default_factory=list)
    environment: list[Fact] = field(default_factory=list)
    limits: list[Fact] = field(default_factory=list)
    views: list[ViewLine] = field(default_factory=list)


def show_settings(
    health: Health, environment: Environment, views: Sequence[View], *, administers: bool
) -> SettingsView:
    """What every member sees; `administers` says whether they may delete views of others."""
    return SettingsView(
        health=show_health(health),
        environment=show_environment(environment),
        limits=show_limits(),
        views=[_view(view, administers=administers) for view in views],
    )


def show_health(health: Health) -> list[HealthLine]:
    """A line for each link, in the order of the chain."""
    return [_link(link, health.read_at) for link in health.links]


def show_environment(found: Environment) -> list[Fact]:
    """Label and value; what is not set is left out."""
    values = {
        "rail": RAILS[found.rail],
        "merchant": found.merchant,
        "shortcode": found.shortcode,
        "till": found.till,
        "daraja": found.daraja,
        "callbacks": found.callbacks,
        "address": found.address,
        "database": found.database,
        "workers": str(found.workers),
    }
    return [Fact(ENVIRONMENT[name], value) for name, value in values.items() if value]


def show_limits() -> list[Fact]:
    """The limits that apply to prompts, and how long things are kept, as the code has them."""
    rates = [
        Fact(
            LIMITS[limit.column],
            LIMITS["rate"].format(most=limit.most, within=span(limit.within)),
        )
        for limit in limits.LIMITS
    ]
    return [
        *rates,
        Fact(LIMITS["same_amount"], LIMITS["after"].format(time=span(pauses.SAME_AMOUNT))),
        Fact(LIMITS["same_phone"], LIMITS["after"].format(time=span(pauses.SAME_PHONE))),
        Fact(LIMITS["most"], money(MAX_PER_TRANSACTION)),
        Fact(LIMITS["answers"], span(LADDER[-1])),
        Fact(LIMITS["receipt"], span(RECEIPT_GRACE)),
        Fact(LIMITS["bodies"], span(BODIES_KEPT)),
        Fact(LIMITS["calls"], span(CALLS_KEPT)),
    ]


def show_staff(members: Sequence[StaffRow], me: int) -> list[StaffLine]:
    """The members as `me` sees them."""
    return [_member(member, me) for member in members]


def span(time: timedelta) -> str:
    """`2 min`, `24 h` or `90 days`."""
    minutes = int(time.total_seconds()) // 60
    if minutes < 60:
        return LIMITS["minutes"].format(number=minutes)
    if time <= timedelta(days=1):
        return LIMITS["hours"].format(number=minutes // 60)
    return LIMITS["days"].format(number=time.days)


def _link(link: Link, now: datetime) -> HealthLine:
    word, tone = STATES[link.state.value]
    if link.state is LinkState.SLOW:
        word = SLOW_WORDS.get(link.name, word)
    time = ""
    if link.since is not None:
        words = HEALTH["last"] if link.name in _STAMPED else HEALTH["since"]
        time = words.format(time=short_moment(link.since, now))
    return HealthLine(link.name, LINKS[link.name], word, tone, link.sentence, time)


def _view(view: View, *, administers: bool) -> ViewLine:
    whose = VIEWS["shared_by"].format(name=view.owner)
    if view.own:
        whose = VIEWS["own_shared"] if view.shared else VIEWS["own"]
    return ViewLine(
        key=str(view.view_id),
        name=view.name,
        href=f"/staff/payments?{view.query}" if view.query else "/staff/payments",
        whose=whose,
        manage=VIEWS["manage_one"].format(name=view.name),
        may_rename=view.own,
        may_delete=view.own or administers,
    )


def _member(member: StaffRow, me: int) -> StaffLine:
    disabled = member.disabled_at is not None
    return StaffLine(
        key=str(member.staff_id),
        name=member.name,
        email=member.email,
        role=ROLES[member.role.value],
        role_key=member.role.value,
        status=STAFF["disabled"] if disabled else STAFF["active"],
        tone="plain" if disabled else "good",
        authenticator=STAFF["has_authenticator" if member.enrolled else "no_authenticator"],
        manage=STAFF["manage_one"].format(name=member.name),
        disabled=disabled,
        me=member.staff_id == me,
    )
