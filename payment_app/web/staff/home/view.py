"""The home page in words: a `HomeView` from figures and health. Pure."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from payment_app.daraja import result_code
from payment_app.domain.lifecycle import PaymentStatus
from payment_app.services.console.figures import LONGEST, Day, Figures, Reason
from payment_app.services.console.waiting import MOST_COUNTED
from payment_app.web.staff.formats import age, money
from payment_app.web.staff.home.setup import Step
from payment_app.web.staff.home.texts import HOME, NO_CODE, NOT_SENT

BAR_STEP = 10
"""Width of a bar with its gap, in units of the drawing, which is 100 high."""
_BAR = 8
_MOST_REASONS = 8
_LEAST_HEIGHT = 2.0
"""A day with a little money must not look like one without."""
_LIST = "/staff/payments"


@dataclass(frozen=True)
class Stat:
    """One number, what it is, and the list behind it."""

    key: str = ""
    label: str = ""
    value: str = ""
    note: str = ""
    href: str = ""
    tone: str = "plain"


@dataclass(frozen=True)
class Bar:
    """A day as a bar and as a line of the table beside it; geometry as SVG wants it."""

    day: str = ""
    amount: str = ""
    number: str = ""
    x: str = "0"
    y: str = "100"
    width: str = "8"
    height: str = "0"
    said: str = ""
    today: bool = False


@dataclass(frozen=True)
class ReasonLine:
    """Why attempts were not paid; `code` is Daraja's, "" when there is none."""

    key: str = ""
    words: str = ""
    code: str = ""
    times: str = ""
    href: str = ""


@dataclass(frozen=True)
class HomeView:
    """Figures, the bars of thirty days, and why prompts were not paid."""

    stats: list[Stat] = field(default_factory=list)
    bars: list[Bar] = field(default_factory=list)
    first_day: str = ""
    last_day: str = ""
    best: str = ""
    scale: list[str] = field(default_factory=list)
    setup: list[Step] = field(default_factory=list)
    reasons: list[ReasonLine] = field(default_factory=list)


def show_home(figures: Figures, person: int, setup: Sequence[Step] = ()) -> HomeView:
    """The page; `person` is how many things need one."""
    most = max((day.amount for day in figures.days), default=Decimal(0))
    best = HOME["chart_most"].format(amount=money(most)) if most > 0 else HOME["chart_none"]
    bars = show_bars(figures.days)
    return HomeView(
        stats=[*_money(figures), *_flow(figures), *_waits(figures, person)],
        bars=bars,
        first_day=bars[0].day,
        last_day=bars[-1].day,
        best=best,
        scale=[money(_top(most) * part / 2) for part in (2, 1, 0)] if most > 0 else [],
        setup=list(setup),
        reasons=[_reason(reason) for reason in figures.reasons[:_MOST_REASONS]],
    )


def show_bars(days: Sequence[Day]) -> list[Bar]:
    """Days as bars, 100 high where a day reaches the top of the scale."""
    most = max((day.amount for day in days), default=Decimal(0))
    return [_bar(day, n, _top(most), last=n == len(days) - 1) for n, day in enumerate(days)]


def _top(most: Decimal) -> Decimal:
    """The end of a scale that `most` fits on: 1, 2 or 5 with noughts behind it, and even halves."""
    end = Decimal(2)
    for step in itertools.cycle((Decimal("2.5"), Decimal(2), Decimal(2))):
        if end >= most:
            return end
        end *= step
    raise AssertionError("a scale has no last step")


def counted(number: int) -> str:
    """`12`, or `999+` for what nobody counted to its end."""
    return HOME["capped"].format(number=number) if number >= MOST_COUNTED else f"{number:,}"


def _bar(day: Day, number: int, most: Decimal, *, last: bool) -> Bar:
    share = max(float(day.amount / most) * 100, _LEAST_HEIGHT) if day.amount > 0 else 0.0
    return Bar(
        day=f"{day.day:%-d %b}",
        amount=money(day.amount),
        number=f"{day.number:,}",
        x=str(number * BAR_STEP + (BAR_STEP - _BAR) // 2),
        y=f"{100 - share:.1f}",
        width=str(_BAR),
        height=f"{share:.1f}",
        said=HOME["day_said"].format(
            day=f"{day.day:%a %-d %b}", amount=money(day.amount), payments=_payments(day)
        ),
        today=last,
    )


def _money(figures: Figures) -> list[Stat]:
    today, week = figures.today, figures.week
    now, then = _compared(figures)
    return [
        Stat("today", HOME["today"], money(today.amount), now, _to("paid", "today")),
        Stat("week", HOME["week"], money(week.amount), then, _to("paid", "this-week")),
        Stat("refunded", HOME["refunded"], money(week.refunded), "", _to("refunded", "this-week")),
    ]


def _compared(figures: Figures) -> tuple[str, str]:
    """Today beside the same day a week ago, and this week beside the last up to that day."""
    today, days = figures.today.day, figures.days
    in_week = today.weekday() + 1
    before = days[-8:-7]
    week = days[-7 - in_week : -7]

    def said(now: Day, then: Sequence[Day], words: str) -> str:
        amount = money(sum((day.amount for day in then), Decimal(0)))
        day = HOME[words].format(day=today)
        return HOME["compared"].format(now=_payments(now), then=amount, day=day)

    return said(figures.today, before, "last_weekday"), said(figures.week, week, "last_week")


def _flow(figures: Figures) -> list[Stat]:
    rate, of = HOME["none_ended"], HOME["no_attempts"]
    if figures.ended:
        # Rounded down: "100 %" is said only when nothing failed.
        rate = HOME["percent"].format(number=figures.paid * 100 // figures.ended)
        of = HOME["of_ended"].format(paid=f"{figures.paid:,}", ended=f"{figures.ended:,}")
    speed, note = HOME["none_ended"], HOME["no_attempts"]
    if figures.seconds_to_paid is not None:
        speed, note = _speed(figures.seconds_to_paid), HOME["half_are_faster"]
    return [
        Stat("rate", HOME["rate"], rate, of, f"{_LIST}?tab=all&date=7d"),
        Stat("speed", HOME["speed"], speed, note, _to("paid", "7d")),
    ]


def _waits(figures: Figures, person: int) -> list[Stat]:
    note = HOME["nothing_waits"]
    if figures.waiting_since is not None:
        note = HOME["oldest"].format(age=age(figures.waiting_since, figures.read_at))
    waiting = f"{figures.waiting:,}"
    cases = {0: HOME["nothing_waits"], 1: HOME["open_case"]}.get(person, HOME["open_cases"])
    return [
        Stat("waiting", HOME["waiting"], waiting, note, f"{_LIST}?tab=waiting"),
        Stat(
            "person",
            HOME["person"],
            counted(person),
            cases,
            "/staff/waiting",
            "warn" if person else "plain",
        ),
    ]


def _payments(day: Day) -> str:
    if day.number == 1:
        return HOME["payments_one"]
    return HOME["payments"].format(number=f"{day.number:,}")


def _speed(seconds: int) -> str:
    if seconds >= LONGEST:
        return HOME["over_an_hour"]
    minutes, rest = divmod(seconds, 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


def _to(tab: str, date: str) -> str:
    return f"{_LIST}?tab={tab}&date={date}"


def _reason(reason: Reason) -> ReasonLine:
    code = reason.code
    words, number = _why(reason)
    filter_ = f"code={code}" if number else f"status={reason.status.value}"
    return ReasonLine(
        key=f"{reason.status.value}-{code}",
        words=words,
        code=number,
        times=f"{reason.number:,}",
        href=f"{_LIST}?tab=failed&date=7d&{filter_}",
    )


def _why(reason: Reason) -> tuple[str, str]:
    """(plain words, Daraja's code or "")."""
    status, code = reason.status, reason.code
    if not code:
        return NO_CODE[status.value], ""
    if status is PaymentStatus.REJECTED:
        return NOT_SENT.get(code, NO_CODE["rejected"]), ""
    return result_code(code).meaning, code
