"""The pay link of a booking: to copy, to open, to send on."""

from __future__ import annotations

import reflex as rx

from payment_app.web.components.button import SMALL_BUTTON
from payment_app.web.components.kit import CopyButton
from payment_app.web.staff.texts import FRAME


def copy_link(url: str) -> rx.Component:
    """A button that copies the link."""
    return CopyButton.create(
        FRAME["copy_pay_link"],
        value=url,
        done_label=FRAME["copied"],
        class_name=SMALL_BUTTON,
    )


def open_link(url: str) -> rx.Component:
    """Opens the pay page beside the console."""
    return outside_link(FRAME["open_pay_page"], url)


def outside_link(words: str, href: str) -> rx.Component:
    """A link out of the console, in a tab of its own."""
    return rx.el.a(words, href=href, target="_blank", rel="noreferrer", class_name=SMALL_BUTTON)
