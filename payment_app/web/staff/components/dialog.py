"""A button and the dialog that it opens."""

from __future__ import annotations

from typing import Any

import reflex as rx

from payment_app.web.components.button import SMALL_BUTTON
from payment_app.web.staff.components.staff_kit import DialogButton
from payment_app.web.staff.texts import FRAME


def dialog(
    name: str | rx.Var[str],
    label: str,
    *children: rx.Component,
    title: str | rx.Var[str] | None = None,
    spoken: str | rx.Var[str] | None = None,
    look: str | rx.Var[str] = SMALL_BUTTON,
) -> rx.Component:
    """A dialog.

    Args:
        name: what a keyboard shortcut finds its button by.
        label: of the button.
        children: what the dialog holds.
        title: of the dialog, where that is not the button's label.
        spoken: what a screen reader calls the button, where its label does not say enough.
        look: of the button.
    """
    named: dict[str, Any] = {} if spoken is None else {"custom_attrs": {"aria-label": spoken}}
    return DialogButton.create(
        *children,
        label=label,
        title=label if title is None else title,
        name=name,
        close_label=FRAME["dismiss"],
        button_class=look,
        dialog_class="dialog",
        problem_class="mt-1 text-sm font-medium text-(--bad)",
        **named,
    )
