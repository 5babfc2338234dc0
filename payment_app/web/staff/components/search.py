"""A search: a form whose fields become the page's address, and the fields it is made of."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import reflex as rx

from payment_app.web.staff.components.fields import FIELD, labelled
from payment_app.web.staff.components.staff_kit import (
    AddressField,
    AddressForm,
    AddressSelect,
    SearchField,
)
from payment_app.web.staff.quick.state import QuickState
from payment_app.web.staff.quick.texts import QUICK

ROW = "flex min-w-0 flex-1 flex-wrap items-center gap-2"
"""The look of a search in one row."""
ON_PHONES_BELOW = f"{ROW} max-sm:basis-full max-sm:flex-col max-sm:items-stretch"
"""The same, where the box has a phone's whole width and the rest stands below it."""


def search_form(
    action: str, label: str, *fields: rx.Component, class_name: str = ROW
) -> rx.Component:
    """The form.

    Args:
        action: the path of the list that it asks.
        label: what a screen reader calls it.
    """
    return AddressForm.create(
        *fields,
        action=action,
        class_name=class_name,
        custom_attrs={"role": "search", "aria-label": label},
    )


def search_box(
    field_id: str,
    label: str,
    value: str,
    hint: str,
    *,
    most: int = 200,
    basis: str = "basis-48 max-sm:basis-auto",
) -> rx.Component:
    """The field for whatever somebody knows; it suggests, and the search shortcut leads here.

    Args:
        value: what the address asks for now.
        hint: what may be typed.
        most: characters.
        basis: how wide it wants to be in a row.
    """
    box = SearchField.create(
        id=field_id,
        name="q",
        type="search",
        value=value,
        placeholder=hint,
        label=QUICK["label"],
        found=QuickState.found,
        asked=QuickState.asked,
        on_ask=QuickState.ask,
        class_name=FIELD,
        custom_attrs={"data-search": "", "autoComplete": "off", "maxLength": str(most)},
    )
    return labelled(field_id, label, box, hidden=True, class_name=f"min-w-0 flex-1 {basis}")


def filter_text(
    name: str, label: str, value: str, *, hint: str = "", kind: str = "text", most: int = 80
) -> rx.Component:
    """A filter that is typed; `most` is in characters."""
    box = AddressField.create(
        id=f"filter-{name}",
        name=name,
        type=kind,
        value=value,
        placeholder=hint,
        class_name=FIELD,
        custom_attrs={"autoComplete": "off", "maxLength": str(most)},
    )
    return labelled(f"filter-{name}", label, box)


def filter_choice(
    name: str, label: str, value: str, choices: Mapping[str, str], *, hidden: bool = False
) -> rx.Component:
    """A filter that is chosen: `choices` are words by the value that they stand for."""
    options = [rx.el.option(words, value=key) for key, words in choices.items()]
    return filter_options(name, label, value, *options, hidden=hidden)


def filter_options(
    name: str, label: str, value: str, *options: Any, hidden: bool = False
) -> rx.Component:
    """The same with options that are made in another way."""
    box = AddressSelect.create(
        *options, id=f"filter-{name}", name=name, value=value, class_name=FIELD
    )
    return labelled(f"filter-{name}", label, box, hidden=hidden)
