"""A sentence of the texts with components in its places."""

from __future__ import annotations

import string

import reflex as rx


def sentence(
    text: str, class_name: str | None = None, **places: rx.Component | rx.Var[str] | str
) -> rx.Component:
    """A paragraph of `text` whose `{name}` is the component of that name.

    Raises:
        KeyError: the text names a place that nothing was given for.
    """
    parts: list[rx.Component | rx.Var[str] | str] = []
    for words, name, _, _ in string.Formatter().parse(text):
        parts += [words] if words else []
        parts += [places[name]] if name else []
    return rx.el.p(*parts, class_name=class_name)
