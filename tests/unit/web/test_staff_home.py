"""Home, waiting, activity and settings in words: what the numbers say and where they lead."""

from __future__ import annotations

import ast
import inspect
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from urllib.parse import parse_qs, urlsplit

import pytest

from payment_app.daraja import RESULT_CODES, RefusalKind, ResultKind
from payment_app.domain.cases import CaseKind
from payment_app.domain.errors import BadInput, NotFound
from payment_app.domain.lifecycle import FAILURES, PaymentStatus
from payment_app.domain.sight import EVERYTHING
from payment_app.domain.staff import Role
from payment_app.services.console.figures import LONGEST, Day, Figures, Reason
from payment_app.services.console.waiting import MOST_COUNTED, Group, Item, WaitingNow
from payment_app.services.operations import health as health_module
from payment_app.services.operations.health import Environment, Health, Link, LinkState
from payment_app.services.payments.push_answers import NOT_SENT as NOT_SENT_CODE
from payment_app.services.search.reading.parse import parse
from payment_app.services.shared.policy import policy_of
from payment_app.services.staff.accounts import StaffRow
from payment_app.services.staff.activity import Activity, ActivityPage
from payment_app.services.staff.member import Member
from payment_app.services.staff.saved_views import View
from payment_app.web.numbers import whole_number
from payment_app.web.staff.activity.state import ActivityState
from payment_app.web.staff.activity.view import show_activity, show_form
from payment_app.web.staff.formats import show_trouble
from payment_app.web.staff.home.setup import show_setup
from payment_app.web.staff.home.state import StaffHomeState
from payment_app.web.staff.home.texts import HOME, NO_CODE, NOT_SENT
from payment_app.web.staff.home.view import counted, show_bars, show_home
from payment_app.web.staff.settings import state as settings_module
from payment_app.web.staff.settings.state import SettingsState
from payment_app.web.staff.settings.texts import LINKS
from payment_app.web.staff.settings.view import (
    show_environment,
    show_health,
    show_limits,
    show_settings,
    show_staff,
)
from payment_app.web.staff.state import StaffState
from payment_app.web.staff.waiting.state import WaitingState
from payment_app.web.staff.waiting.texts import WAITING
from payment_app.web.staff.waiting.view import show_waiting

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
TODAY = date(2026, 11, 23)
DAYS = tuple(Day(TODAY - timedelta(29 - n)) for n in range(30))
QUIET = Figures(NOW, Day(TODAY), Day(TODAY), DAYS)


def stat(figures: Figures, key: str, person: int = 0) -> tuple[str, str]:
    """(value, note) of one number."""
    return next((s.value, s.note) for s in show_home(figures, person).stats if s.key == key)


def test_a_quiet_business() -> None:
    home = show_home(QUIET, 0)
    assert [s.value for s in home.stats] == ["KSh 0", "KSh 0", "KSh 0", "–", "–", "0", "0"]
    assert (home.first_day, home.last_day) == ("25 Oct", "23 Nov")
    assert home.best == HOME["chart_none"]
    assert home.reasons == []


def test_money_and_how_often() -> None:
    figures = replace(
        QUIET,
        today=Day(TODAY, Decimal(2_500), Decimal(0), 1),
        week=Day(TODAY, Decimal(1_234_567), Decimal(400), 1_200),
    )
    assert stat(figures, "today") == ("KSh 2,500", "1 payment · KSh 0 last Monday")
    week = ("KSh 1,234,567", "1,200 payments · KSh 0 last week up to Monday")
    assert stat(figures, "week") == week
    assert stat(figures, "refunded") == ("KSh 400", "")


@pytest.mark.parametrize(
    ("paid", "ended", "rate"),
    [(0, 5, "0 %"), (999, 1_000, "99 %"), (1, 1, "100 %"), (2, 3, "66 %")],
)
def test_a_rate_is_never_better_than_it_is(paid: int, ended: int, rate: str) -> None:
    figures = replace(QUIET, paid=paid, ended=ended)
    assert stat(figures, "rate") == (rate, f"{paid:,} of {ended:,} in 7 days")


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0 s"),
        (59, "59 s"),
        (60, "1 min 0 s"),
        (LONGEST - 1, "59 min 59 s"),
        (LONGEST, "over 1 h"),
    ],
)
def test_time_to_paid(seconds: int, words: str) -> None:
    assert stat(replace(QUIET, seconds_to_paid=seconds), "speed")[0] == words


def test_what_waits() -> None:
    figures = replace(QUIET, waiting=3, waiting_since=NOW - timedelta(minutes=12))
    assert stat(figures, "waiting") == ("3", "the oldest for 12 min")
    assert stat(figures, "person", 1) == ("1", "open case")
    assert stat(figures, "person", 2) == ("2", "open cases")
    assert counted(MOST_COUNTED) == "999+"


def test_every_number_leads_to_a_list_that_the_search_understands() -> None:
    reasons = tuple(
        Reason(status, code, 1)
        for status, code in (
            (PaymentStatus.CANCELLED, "1032"),
            (PaymentStatus.EXPIRED, ""),
            (PaymentStatus.REJECTED, "too_busy"),
        )
    )
    home = show_home(replace(QUIET, reasons=reasons), 0)
    addresses = [s.href for s in home.stats] + [r.href for r in home.reasons]
    assert addresses.pop(6) == "/staff/waiting"
    for address in addresses:
        parts = urlsplit(address)
        assert parts.path == "/staff/payments"
        parse({name: values[0] for name, values in parse_qs(parts.query).items()}, NOW, EVERYTHING)


def test_every_failure_has_plain_words() -> None:
    ends = [
        *(Reason(PaymentStatus.FAILED, code, 1) for code in RESULT_CODES),
        *(Reason(status, "", 1) for status in FAILURES),
        *(Reason(PaymentStatus.REJECTED, kind.value, 1) for kind in RefusalKind),
        Reason(PaymentStatus.REJECTED, NOT_SENT_CODE, 1),
        Reason(PaymentStatus.FAILED, "31337", 1),
    ]
    for end in ends:
        (line,) = show_home(replace(QUIET, reasons=(end,)), 0).reasons
        assert line.words.endswith("."), end
        assert line.code == ("" if end.status is PaymentStatus.REJECTED else end.code)
    assert {status.value for status in FAILURES} == set(NO_CODE)
    assert {kind.value for kind in RefusalKind} | {NOT_SENT_CODE} == set(NOT_SENT)
    assert {ResultKind.PAID} <= {row.kind for row in RESULT_CODES.values()}


# the chart


def test_bars_are_as_tall_as_their_day() -> None:
    days = [
        Day(TODAY - timedelta(2), Decimal(1_000), number=2),
        Day(TODAY - timedelta(1), Decimal(1), number=1),
        Day(TODAY),
    ]
    tall, small, none = show_bars(days)
    assert (tall.x, tall.y, tall.height) == ("1", "0.0", "100.0")
    assert tall.said == "Sat 21 Nov: KSh 1,000, 2 payments"
    assert (small.x, small.y, small.height) == ("11", "98.0", "2.0"), "a little is not nothing"
    assert (none.x, none.y, none.height, none.today) == ("21", "100.0", "0.0", True)
    assert (tall.day, tall.amount, tall.number) == ("21 Nov", "KSh 1,000", "2")


@pytest.mark.parametrize(
    ("most", "scale"),
    [
        (10_200, ["KSh 20,000", "KSh 10,000", "KSh 0"]),
        (1_000, ["KSh 1,000", "KSh 500", "KSh 0"]),
        (1, ["KSh 2", "KSh 1", "KSh 0"]),
        (0, []),
    ],
)
def test_the_scale_is_round_and_holds_the_best_day(most: int, scale: list[str]) -> None:
    days = (*DAYS[:-1], Day(TODAY, Decimal(most)))
    assert show_home(replace(QUIET, days=days), 0).scale == scale


def test_a_week_is_compared_with_the_one_before_up_to_the_same_day() -> None:
    wednesday = TODAY + timedelta(2)
    amounts = [Decimal(n) for n in range(1, 31)]  # 30 is today, a Wednesday
    days = tuple(Day(wednesday - timedelta(29 - n), amounts[n], number=1) for n in range(30))
    figures = replace(QUIET, days=days, today=days[-1], week=Day(TODAY, Decimal(87), number=3))
    assert stat(figures, "today")[1] == "1 payment · KSh 23 last Wednesday"
    assert stat(figures, "week")[1] == f"3 payments · KSh {21 + 22 + 23} last week up to Wednesday"


def test_the_set_up_is_listed_until_real_money_comes() -> None:
    fresh = Health(NOW, "simulator", ())
    steps = show_setup(QUIET, fresh, 0)
    assert [step.done for step in steps] == [False] * 5
    paid = replace(QUIET, days=(*DAYS[:-1], Day(TODAY, Decimal(5), number=1)))
    backed = Health(NOW, "test", (Link("backup", LinkState.OK, "Made."),))
    assert [step.done for step in show_setup(paid, backed, 2)] == [True] * 4 + [False]
    live = replace(backed, rail="live")
    assert [step.done for step in show_setup(QUIET, live, 2)] == [True] * 4 + [False]
    assert show_setup(paid, live, 2) == []


def test_a_day_on_which_more_was_refunded_than_came_has_no_bar() -> None:
    days = [Day(TODAY, Decimal(-5)), Day(TODAY, Decimal(10))]
    assert show_bars(days)[0].height == "0.0"


# trouble


def link(state: LinkState, since: datetime | None = None) -> Link:
    return Link("rail", state, f"It is {state.value}.", since)


def test_the_worst_link_is_named_and_only_then() -> None:
    well = Health(NOW, "live", (link(LinkState.OK), link(LinkState.UNKNOWN)))
    assert show_trouble(well) == ""
    slow = replace(well, links=(*well.links, link(LinkState.SLOW)))
    assert show_trouble(slow) == "It is slow."
    down = replace(slow, links=(*slow.links, link(LinkState.DOWN, NOW - timedelta(hours=1))))
    assert show_trouble(down) == "It is down. (since 11:00)"


# waiting


def item(number: int = 7, **more: object) -> Item:
    return Item(
        **{
            "since": NOW - timedelta(minutes=3),
            "booking_id": 5,
            "reference": "BK0005",
            "payment_id": number,
            "amount": Decimal(2_500),
            "customer": "Wanjiku Kamau",
            "phone": "0712 •••678",
            "status": "pending",
        }
        | more  # type: ignore[arg-type]
    )


def test_what_waits_in_words() -> None:
    group = Group((item(),), 1)
    lists = show_waiting(WaitingNow(NOW, Group(), group, Group()), EVERYTHING)
    (line,) = lists.answer.lines
    assert (line.age, line.since, line.what) == ("3 min", "since 11:57", "Waiting for PIN")
    assert (line.amount, line.open, line.href) == ("KSh 2,500", "Payment 7", "/staff/payments/7")
    assert line.booking_href == "/staff/bookings/5"
    assert (lists.person.number, lists.person.lines) == ("", [])


def test_a_case_about_a_booking_leads_to_the_booking() -> None:
    case = item(payment_id=None, status="", kind=CaseKind.OVERPAID, case_id=3)
    (line,) = show_waiting(
        WaitingNow(NOW, Group((case,), 1), Group(), Group()), EVERYTHING
    ).person.lines
    assert (line.what, line.href) == (
        "More money came than the booking costs.",
        "/staff/bookings/5",
    )
    assert line.open == "Booking BK0005"


def test_what_is_not_shown_is_counted() -> None:
    group = Group((item(), item(8)), MOST_COUNTED)
    shown = show_waiting(WaitingNow(NOW, group, Group(), Group()), EVERYTHING).person
    assert shown.number == "999+"
    assert shown.more == WAITING["more"].format(shown=2, number="999+")


# activity


def done(**more: object) -> Activity:
    return Activity(
        **{
            "audit_id": 9,
            "at": NOW,
            "actor": "amina@example.co.ke",
            "action": "view_saved",
            "subject": "payment:12",
            "before": {},
            "after": {},
            "address": "192.0.2.7",
        }
        | more  # type: ignore[arg-type]
    )


def test_a_line_of_the_log() -> None:
    facts = {"before": {"amount": 1, "same": 2, "gone": None}, "after": {"amount": 3, "same": 2}}
    page = ActivityPage((done(**facts),), older=9)
    params = {"member": "Amina & co", "before": "40", "other": "x"}
    shown = show_activity(page, ["view_saved", "never_seen"], params, NOW)
    (line,) = shown.lines
    assert (line.time, line.action, line.subject) == ("12:00", "Saved a view", "Payment 12")
    assert line.href == "/staff/payments/12"
    assert line.change == ["amount: 1 → 3", "gone: null (before)"]
    assert shown.older_href == "/staff/activity?member=Amina+%26+co&before=9"
    assert shown.newer_href == ""
    assert [choice.word for choice in shown.actions] == ["Never seen", "Saved a view"]


def test_members_are_named_and_reasons_are_words() -> None:
    line = done(
        subject="staff:4",
        actor_name="Amina Ali",
        subject_name="Chege Cashier",
        after={"reason": "wrong_code"},
    )
    (shown,) = show_activity(ActivityPage((line,)), [], {}, NOW).lines
    assert (shown.who, shown.email) == ("Amina Ali", "amina@example.co.ke")
    assert shown.subject == "Chege Cashier"
    assert shown.change == ["reason: the code was wrong, or used before"]
    gone = done(subject="staff:4")
    (shown,) = show_activity(ActivityPage((gone,)), [], {}, NOW).lines
    assert (shown.who, shown.email, shown.subject) == ("amina@example.co.ke", "", "Member 4")


@pytest.mark.parametrize("subject", ["", "view:3", "payment:x", "staff:1"])
def test_only_known_subjects_are_links(subject: str) -> None:
    (line,) = show_activity(ActivityPage((done(subject=subject),)), [], {}, NOW).lines
    assert line.href == ""
    assert line.subject


def test_an_endless_fact_is_cut() -> None:
    page = ActivityPage((done(after={"query": "x" * 1_000}),))
    (line,) = show_activity(page, [], {}, NOW).lines
    assert len(line.change[0]) == len("query: ") + 200


def test_the_form_holds_what_the_address_said() -> None:
    form = show_form({"member": "a", "from": "2026-11-01", "to": "nonsense"})
    assert (form.member, form.since, form.until) == ("a", "2026-11-01", "nonsense")


# settings


def a_member(**more: object) -> StaffRow:
    return StaffRow(
        **{
            "staff_id": 3,
            "email": "amina@example.co.ke",
            "name": "Amina Otieno",
            "role": Role.CASHIER,
            "enrolled": True,
            "demo": False,
            "disabled_at": None,
            "created_at": NOW,
        }
        | more  # type: ignore[arg-type]
    )


def test_members_as_an_administrator_sees_them() -> None:
    me, gone = show_staff([a_member(), a_member(staff_id=4, disabled_at=NOW, enrolled=False)], 3)
    assert (me.me, me.role, me.status, me.authenticator) == (True, "Cashier", "Active", "Set up")
    assert (gone.me, gone.disabled, gone.status) == (False, True, "Disabled")
    assert gone.authenticator == "Not yet"


@pytest.mark.parametrize(
    ("own", "shared", "administers", "whose", "rename", "delete"),
    [
        (True, False, False, "Yours", True, True),
        (True, True, False, "Yours, shared", True, True),
        (False, True, False, "Shared by Joseph", False, False),
        (False, True, True, "Shared by Joseph", False, True),
    ],
)
def test_what_a_member_may_do_with_a_view(
    own: bool, shared: bool, administers: bool, whose: str, rename: bool, delete: bool
) -> None:
    view = View(5, "Today", "date=today", shared, own, "Joseph")
    environment = Environment("live", "Shop", "600000", "", "host", "cb", "us", "SQLite", 1)
    well = Health(NOW, "live", ())
    (line,) = show_settings(well, environment, [view], administers=administers).views
    assert (line.whose, line.may_rename, line.may_delete) == (whose, rename, delete)
    assert line.href == "/staff/payments?date=today"


def test_every_link_that_health_can_name_has_words_and_no_other() -> None:
    made = [
        node.args[0].value
        for node in ast.walk(ast.parse(inspect.getsource(health_module)))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
        if node.func.id == "Link" and isinstance(node.args[0], ast.Constant)
    ]
    assert len(made) > 15, "the search for links has gone blind"
    assert set(made) == set(LINKS)


def test_every_link_has_a_name_and_every_state_a_word() -> None:
    links = tuple(Link(name, state, "So.", NOW) for name in LINKS for state in LinkState)
    lines = show_health(Health(NOW, "live", links))
    assert all(line.name and line.word for line in lines)
    by_key = {(line.key, line.word): line.time for line in lines}
    assert by_key["rail", "Down"] == "since 12:00"
    assert by_key["callbacks", "Down"] == "last 12:00"
    assert ("backup", "Old") in by_key


def test_the_environment_leaves_out_what_is_not_set() -> None:
    found = Environment("test", "Shop", "600000", "", "host", "cb", "us", "SQLite", 2)
    labels = [fact.label for fact in show_environment(found)]
    assert "Till number" not in labels
    assert "Processes" in labels


def test_the_limits_are_those_of_the_code() -> None:
    limits = {fact.label: fact.value for fact in show_limits()}
    assert limits["Prompts to one phone"] == "6 in 1 h"
    assert limits["Most in one payment"] == "KSh 250,000"
    assert limits["Raw callbacks are kept for"] == "90 days"


# what the socket may call


@pytest.mark.parametrize(
    ("state", "permissions"),
    [
        (StaffHomeState, {"watch": "read", "look_again": "read"}),
        (WaitingState, {"watch": "read", "look_again": "read"}),
        (ActivityState, {"open_page": "administer", "look_again": "administer"}),
        (
            SettingsState,
            dict.fromkeys(("open_page", "look_again", "hide", "rename_view", "delete_view"), "read")
            | dict.fromkeys(
                (
                    "add_member",
                    "change_role",
                    "disable",
                    "enable",
                    "reset_password",
                    "reset_authenticator",
                ),
                "administer",
            ),
        ),
    ],
)
def test_who_may_call_what(state: type[StaffState], permissions: dict[str, str]) -> None:
    own = {
        name: policy_of(handler.fn)
        for name, handler in state.event_handlers.items()
        if getattr(handler.fn, "__module__", "") == state.__module__
    }
    found = {name: policy.permission for name, policy in own.items() if policy}
    assert set(own) == set(found)
    assert found == permissions


async def test_the_staff_table_is_read_for_administrators_only() -> None:
    who = Member(1, 1, "a@b", "A", Role.FINANCE)
    assert await settings_module._members(who) == [], "and no service is asked: none is wired"


@pytest.mark.parametrize("form", [{}, {"role": "owner"}, {"role": ["admin"]}])
def test_a_role_that_is_none_is_refused(form: dict[str, object]) -> None:
    with pytest.raises(BadInput):
        settings_module._role(form)


@pytest.mark.parametrize(("value", "number"), [("12", 12), (7, 7), ("999999999", 999_999_999)])
def test_an_id_from_a_form(value: object, number: int) -> None:
    assert settings_module._number({"staff_id": value}, "staff_id") == number
    assert whole_number(str(value)) == number


@pytest.mark.parametrize("value", ["-1", "1" * 30, "٣", None, [1], "1.5", "", " 1"])
def test_what_is_no_id_names_nobody(value: object) -> None:
    with pytest.raises(NotFound):
        settings_module._number({"staff_id": value}, "staff_id")
    assert whole_number(str(value)) is None
