"""The palette that Ctrl-K opens: payments, bookings, pages and commands in one field."""

from __future__ import annotations

from collections.abc import Sequence

import reflex as rx

from payment_app.web.staff.components.fields import FIELD
from payment_app.web.staff.components.staff_kit import Palette
from payment_app.web.staff.quick.state import QuickState
from payment_app.web.staff.quick.texts import COMMANDS, QUICK
from payment_app.web.staff.screen import Screen, doors


def palette(screens: Sequence[Screen]) -> rx.Component:
    """The dialog; `screens` are the pages that it leads to."""
    pages = [(door.words, screen.path) for screen, door in doors(screens)]
    leads = [
        {"text": words, "hint": QUICK["page"], "href": path}
        for words, path in [*pages, (QUICK["account"], "/staff/account")]
    ]
    presses = [
        {"text": words, "hint": QUICK["command"], "press": button}
        for button, words in COMMANDS.items()
    ]
    return Palette.create(
        title=QUICK["title"],
        search_href="/staff/payments",
        label=QUICK["label"],
        hint=QUICK["hint"],
        input_class=FIELD,
        commands=[*leads, *presses],
        found=QuickState.found,
        asked=QuickState.asked,
        on_ask=QuickState.ask,
    )
