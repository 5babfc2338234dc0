"""The payments list in words: a `PaymentsView` from a page of rows. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from urllib.parse import urlencode

from payment_app.domain.phone import mask_phone
from payment_app.domain.sight import Sight
from payment_app.services.search.advice import Advice
from payment_app.services.search.payments import Count, PaymentPage
from payment_app.services.search.query import PaymentQuery, PaymentRow, Sort, Tab
from payment_app.services.search.reading.parse import Chip, chips, to_params
from payment_app.services.search.words import beyond_the_mask
from payment_app.services.staff.saved_views import View
from payment_app.web.staff.formats import moment, money, short_moment, status_words
from payment_app.web.staff.payments.texts import DATES, LIST, OPTIONAL, TABS
from payment_app.web.staff.texts import CHANNELS, STATUSES

HERE = "/staff/payments"
MOST_NEW = 99
_CHIP_WORDS: Mapping[str, Mapping[str, str]] = {
    "status": {status: word for status, (word, _) in STATUSES.items()},
    "channel": CHANNELS,
    "date": DATES,
}


@dataclass(frozen=True)
class Line:
    """One row.

    `tint` changes with each change of the payment, so that the eye finds it.
    """

    payment_id: int = 0
    key: str = ""
    href: str = ""
    status: str = ""
    word: str = ""
    tone: str = "plain"
    amount: str = ""
    customer: str = ""
    phone: str = ""
    booking: str = ""
    booking_href: str = ""
    channel: str = ""
    receipt: str = ""
    time: str = ""
    time_full: str = ""
    attempt: str = ""
    code: str = ""
    flagged: bool = False
    tint: str = ""
    select_label: str = ""


@dataclass(frozen=True)
class TabLink:
    """One tab, with how many it holds."""

    key: str = ""
    word: str = ""
    number: str = ""
    href: str = ""
    here: bool = False


@dataclass(frozen=True)
class ChipLink:
    """One active filter; `href` is the list without it."""

    text: str = ""
    href: str = ""
    remove: str = ""


@dataclass(frozen=True)
class WayOn:
    """Another list that may be the one that somebody looks for."""

    text: str = ""
    href: str = ""


@dataclass(frozen=True)
class ViewLink:
    """A saved view; only its owner may delete it here."""

    view_id: int = 0
    name: str = ""
    href: str = ""
    by: str = ""
    own: bool = False


@dataclass(frozen=True)
class Form:
    """What the filter form shows, field by field, as the address has it."""

    q: str = ""
    tab: str = ""
    date: str = ""
    since: str = ""
    until: str = ""
    status: str = ""
    channel: str = ""
    amount: str = ""
    code: str = ""
    booking: str = ""
    sort: str = ""


@dataclass(frozen=True)
class PaymentsView:
    """Everything around the rows: tabs, filters and ways to other pages."""

    tabs: list[TabLink] = field(default_factory=list)
    chips: list[ChipLink] = field(default_factory=list)
    form: Form = Form()
    columns: dict[str, bool] = field(default_factory=dict)
    query_string: str = ""
    rows: list[str] = field(default_factory=list)
    next_href: str = ""
    previous_href: str = ""
    next_word: str = ""
    previous_word: str = ""
    empty: str = ""
    wider_href: str = ""
    ways: list[WayOn] = field(default_factory=list)
    problem: str = ""


def show_listing(
    page: PaymentPage,
    counts: Mapping[Tab, Count],
    query: PaymentQuery,
    params: Mapping[str, str],
    advice: Advice,
    problems: Sequence[str] = (),
) -> PaymentsView:
    """What stands around a page of rows.

    Args:
        params: of the page's address, for columns and what was typed.
        problems: what of it could not be read; the box keeps it, to be corrected.
    """
    base = to_params(query)
    keep = {"cols": params["cols"]} if params.get("cols") else {}
    in_time = query.sort in (Sort.NEWEST, Sort.OLDEST)
    newest = query.sort is Sort.NEWEST
    return PaymentsView(
        tabs=_tabs(counts, query, base, keep),
        chips=_chips(query, keep),
        form=_form(base | {"q": params.get("q", "")} if problems else base),
        columns=columns_of(params),
        query_string=urlencode(base),
        rows=[str(row.payment_id) for row in page.rows],
        next_href=_href(base | keep | {"after": page.next}) if page.next else "",
        previous_href=_href(base | keep | {"before": page.previous}) if page.previous else "",
        next_word=LIST["next"] if newest else LIST["next_sorted"],
        previous_word=LIST["previous"] if in_time and newest else LIST["previous_sorted"],
        empty="" if page.rows else _empty(query, base),
        wider_href=_href(base | keep | {"date": "30d"}) if query.date not in ("", "30d") else "",
        ways=_ways(advice, counts.get(query.tab), keep),
        problem=" ".join(problems),
    )


def show_line(row: PaymentRow, now: datetime, sight: Sight) -> Line:
    """One payment; its phone is masked here, so that the full one never reaches the browser."""
    word, tone = status_words(row.status)
    return Line(
        payment_id=row.payment_id,
        key=str(row.payment_id),
        href=f"{HERE}/{row.payment_id}",
        status=row.status,
        word=word,
        tone="warn" if row.open_cases else tone,
        amount=money(row.amount),
        customer=sight.text(row.customer_name),
        phone=mask_phone(row.phone_number),
        booking=sight.text(row.reference),
        booking_href=f"/staff/bookings/{row.booking_id}",
        channel=CHANNELS.get(row.channel, row.channel),
        receipt=row.receipt or "",
        time=short_moment(row.created_at, now),
        time_full=moment(row.created_at),
        attempt=str(row.attempt),
        code=row.result_code or "",
        flagged=bool(row.open_cases),
        select_label=LIST["select"].format(number=row.payment_id),
    )


def show_views(views: Sequence[View]) -> list[ViewLink]:
    """Saved views as links."""
    return [
        ViewLink(
            view_id=view.view_id,
            name=view.name,
            href=f"{HERE}?{view.query}" if view.query else HERE,
            by="" if view.own else LIST["view_by"].format(name=view.owner),
            own=view.own,
        )
        for view in views
    ]


def update_lines(
    lines: Sequence[Line], rows: Sequence[PaymentRow], now: datetime, sight: Sight
) -> list[Line]:
    """The same lines with the rows that changed; such a line gets another tint."""
    fresh = {row.payment_id: show_line(row, now, sight) for row in rows}
    return [
        _updated(line, fresh[line.payment_id]) if line.payment_id in fresh else line
        for line in lines
    ]


def _updated(former: Line, line: Line) -> Line:
    return replace(line, tint="b" if former.tint == "a" else "a")


def new_words(number: int) -> str:
    """`3 new payments`, "" for none."""
    if number == 0:
        return ""
    count = f"{MOST_NEW}+" if number >= MOST_NEW else str(number)
    return LIST["new_one"] if number == 1 else LIST["new_many"].format(number=count)


def columns_of(params: Mapping[str, str]) -> dict[str, bool]:
    """Which optional columns the address asks for."""
    asked = params.get("cols", "").split(",")
    return {name: name in asked for name in OPTIONAL}


def _tabs(
    counts: Mapping[Tab, Count],
    query: PaymentQuery,
    base: Mapping[str, str],
    keep: Mapping[str, str],
) -> list[TabLink]:
    others = {key: value for key, value in base.items() if key != "tab"}
    return [
        TabLink(
            key=tab.value,
            word=TABS[tab.value],
            number=_number(counts.get(tab)),
            href=_href({**others, **({} if tab is Tab.ALL else {"tab": tab.value}), **keep}),
            here=tab is query.tab,
        )
        for tab in Tab
    ]


def _number(count: Count | None) -> str:
    if count is None:
        return ""
    number = f"{count.number:,}"
    return LIST["capped"].format(number=number) if count.capped else number


def _ways(advice: Advice, found: Count | None, keep: Mapping[str, str]) -> list[WayOn]:
    ways = []
    if advice.wider:
        key = "wider_none" if found is None or not found.number else "wider_some"
        words = LIST[key].format(found=_number(found), number=_number(advice.wider.count))
        ways.append(WayOn(words, _href({**to_params(advice.wider.query), **keep})))
    if advice.meant:
        meant = advice.meant.query
        said = " ".join(filter(None, (*meant.text, meant.name)))
        words = LIST["meant"].format(words=said, number=_number(advice.meant.count))
        ways.append(WayOn(words, _href({**to_params(meant), **keep})))
    return ways


def _chips(query: PaymentQuery, keep: Mapping[str, str]) -> list[ChipLink]:
    return [
        ChipLink(
            text=(text := _chip_words(chip)),
            href=_href({**chip.params_without, **keep}),
            remove=LIST["remove"].format(label=text),
        )
        for chip in chips(query)
    ]


def _chip_words(chip: Chip) -> str:
    """What the table calls it: `Paid`, `Last 7 days`, `Amount over 5,000`."""
    if chip.field in _CHIP_WORDS and chip.slugs:
        known = _CHIP_WORDS[chip.field]
        return ", ".join(dict.fromkeys(known.get(slug, slug) for slug in chip.slugs))
    return LIST["chip_text" if chip.field == "text" else "chip"].format(
        label=chip.label, value=chip.value
    )


def _form(base: Mapping[str, str]) -> Form:
    names = {"from": "since", "to": "until"}
    values = {names.get(key, key): value for key, value in base.items()}
    return Form(**{key: values.get(key, "") for key in Form.__dataclass_fields__})


def _empty(query: PaymentQuery, base: Mapping[str, str]) -> str:
    if set(base) <= {"sort"}:
        return LIST["none_at_all"]
    if set(base) <= {"tab", "sort"}:
        calm = {Tab.WAITING: "none_waiting", Tab.CHECK: "none_check"}
        return LIST[calm.get(query.tab, "none_found")]
    if query.masked and any(map(beyond_the_mask, (*query.text, query.phone))):
        return LIST["none_masked"]
    return LIST["none_found"]


def _href(params: Mapping[str, str]) -> str:
    return f"{HERE}?{urlencode(params)}" if params else HERE
