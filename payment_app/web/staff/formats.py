"""Small pieces of staff pages in words: times in Nairobi, ages, statuses."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from payment_app.domain.calendar import NAIROBI
from payment_app.domain.money import format_ksh
from payment_app.services.operations.health import Health
from payment_app.web.staff.texts import FRAME, STATUSES, UNITS

_STEPS = ((60, 1), (3_600, 60), (86_400, 3_600))


def moment(at: datetime | None) -> str:
    """`24 Nov 2026, 14:03:27`, in Nairobi; "" for none."""
    return f"{at.astimezone(NAIROBI):%-d %b %Y, %H:%M:%S}" if at else ""


def short_moment(at: datetime, now: datetime) -> str:
    """`14:03` today, `23 Nov, 14:03` this year, else with its year; in Nairobi."""
    local, today = at.astimezone(NAIROBI), now.astimezone(NAIROBI)
    if local.date() == today.date():
        return f"{local:%H:%M}"
    return f"{local:%-d %b, %H:%M}" if local.year == today.year else f"{local:%-d %b %Y}"


def age(since: datetime, now: datetime) -> str:
    """`14 s`, `3 min`, `5 h` or `12 d`, rounded down."""
    seconds = max(0, int((now - since).total_seconds()))
    for unit, (most, size) in zip(UNITS, _STEPS, strict=False):
        if seconds < most:
            return f"{seconds // size} {unit}"
    return f"{seconds // 86_400} {UNITS[-1]}"


def money(amount: Decimal) -> str:
    """`KSh 2,500`; loaded history may hold cents."""
    whole = amount == amount.to_integral_value()
    return format_ksh(amount) if whole else f"KSh {amount:,.2f}"


def status_words(status: str) -> tuple[str, str]:
    """The word and the tone of a status."""
    return STATUSES.get(status, (status, "plain"))


def show_trouble(health: Health) -> str:
    """One sentence when something is wrong with one link, else nothing."""
    link = health.trouble
    if link is None:
        return ""
    if link.since is None:
        return link.sentence
    time = short_moment(link.since, health.read_at)
    return FRAME["trouble_since"].format(sentence=link.sentence, time=time)
