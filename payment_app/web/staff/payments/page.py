"""The payments list: tabs, search, rows, and ways to other pages."""

from __future__ import annotations

import reflex as rx

from payment_app.web.components.button import SMALL_BUTTON, TEXT_LINK, action
from payment_app.web.staff.components.callout import problem_line
from payment_app.web.staff.components.pager import pager
from payment_app.web.staff.components.section import empty_box
from payment_app.web.staff.components.table import page_link
from payment_app.web.staff.payments.export import export
from payment_app.web.staff.payments.filters import chips, search
from payment_app.web.staff.payments.rows import rows
from payment_app.web.staff.payments.saved import saved_views
from payment_app.web.staff.payments.state import PaymentsState
from payment_app.web.staff.payments.texts import LIST
from payment_app.web.staff.payments.view import HERE, TabLink
from payment_app.web.staff.screen import Door, Screen
from payment_app.web.staff.state import StaffState

listing = PaymentsState.listing


def payments_page() -> rx.Component:
    """The list that the address asks for."""
    return rx.fragment(
        _tabs(),
        rx.el.div(
            search(),
            rx.el.div(export(), saved_views(), class_name="flex gap-2 max-sm:order-last"),
            class_name="flex flex-wrap items-start gap-2 max-sm:contents",
        ),
        chips(),
        problem_line(listing.problem),
        _ways(),
        _new(),
        rx.cond(PaymentsState.lines, rows(), _empty()),
        pager(
            LIST["caption"],
            (listing.previous_word, listing.previous_href),
            (listing.next_word, listing.next_href),
        ),
    )


def _tabs() -> rx.Component:
    return rx.el.nav(
        rx.foreach(listing.tabs, _tab),
        class_name="flex gap-1 overflow-x-auto border-b border-(--line)",
        custom_attrs={"aria-label": LIST["tabs"]},
    )


def _tab(tab: TabLink) -> rx.Component:
    return page_link(
        rx.fragment(tab.word, rx.el.span(tab.number, class_name="text-xs text-(--muted)")),
        tab.href,
        "flex items-baseline gap-2 border-b-2 border-transparent px-3 py-2 text-sm "
        "whitespace-nowrap aria-[current=page]:border-(--accent) "
        "aria-[current=page]:font-semibold",
        **{"aria-current": rx.cond(tab.here, "page", "false")},
    )


def _ways() -> rx.Component:
    """Lists that may be the one that somebody looks for."""
    return rx.el.div(
        rx.foreach(listing.ways, lambda way: page_link(way.text, way.href, TEXT_LINK)),
        role="status",
        class_name="flex flex-wrap gap-4 text-sm font-medium empty:hidden",
    )


def _new() -> rx.Component:
    """Payments that came since; the rows stay where they are until somebody asks for them."""
    look = f"{SMALL_BUTTON} w-full bg-(--good-soft) text-(--accent)"
    return rx.el.div(
        rx.cond(PaymentsState.new != "", action(PaymentsState.new, PaymentsState.show_new, look)),
        role="status",
        class_name="empty:hidden",
    )


def _empty() -> rx.Component:
    return empty_box(
        rx.el.p(listing.empty, class_name="font-medium"),
        rx.cond(
            listing.empty == LIST["none_at_all"],
            rx.cond(
                StaffState.viewer.test,
                rx.el.a(LIST["make_one"], href="/", class_name=TEXT_LINK),
            ),
            rx.el.p(
                page_link(LIST["none_found_clear"], HERE, TEXT_LINK),
                rx.cond(
                    listing.wider_href != "",
                    page_link(LIST["none_found_wider"], listing.wider_href, TEXT_LINK),
                ),
                class_name="flex gap-4",
            ),
        ),
    )


SCREEN = Screen(
    path=HERE,
    title=LIST["page_title"],
    heading=LIST["title"],
    contents=payments_page,
    state=PaymentsState,
    on_load=PaymentsState.watch,
    door=Door(LIST["title"], key="p"),
    own_search=True,
)
