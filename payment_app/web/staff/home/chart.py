"""Bars for thirty days: a drawing for the eye, and a table that says the same."""

from __future__ import annotations

import reflex as rx

from payment_app.web.staff.home.view import BAR_STEP, Bar

_BOX = f"0 0 {30 * BAR_STEP} 100"


def bar_chart(
    bars: list[Bar] | rx.Var[list[Bar]], caption: str, heads: tuple[str, str, str]
) -> rx.Component:
    """Thirty bars, stretched to the width of their box.

    Geometry goes through `custom_attrs`: as properties, Reflex would turn it into a style element,
    which our Content-Security-Policy forbids. Colours come from classes.

    Args:
        bars: oldest first.
        caption: of the table, which replaces the drawing for whoever does not see it.
        heads: of its columns: day, amount, number.
    """
    return rx.el.div(
        rx.el.svg(
            rx.foreach(bars, _bar),
            class_name="block h-32 w-full",
            custom_attrs={
                "viewBox": _BOX,
                "preserveAspectRatio": "none",
                "aria-hidden": "true",
                "focusable": "false",
            },
        ),
        _table(bars, caption, heads),
        class_name="border-b border-(--line)",
    )


def _bar(bar: Bar) -> rx.Component:
    return rx.el.rect(
        key=bar.x,
        class_name=rx.cond(bar.today, "fill-(--accent)", "fill-(--field)"),
        custom_attrs={"x": bar.x, "y": bar.y, "width": bar.width, "height": bar.height},
    )


def _table(
    bars: list[Bar] | rx.Var[list[Bar]], caption: str, heads: tuple[str, str, str]
) -> rx.Component:
    table = rx.el.table(
        rx.el.caption(caption),
        rx.el.thead(rx.el.tr(*(rx.el.th(words, scope="col") for words in heads))),
        rx.el.tbody(rx.foreach(bars, _line)),
    )
    # A table ignores a height: on its own it would make the page longer, unseen.
    return rx.el.div(table, class_name="sr-only", custom_attrs={"data-chart": ""})


def _line(bar: Bar) -> rx.Component:
    return rx.el.tr(
        rx.el.th(bar.day, scope="row"),
        rx.el.td(bar.amount),
        rx.el.td(bar.number),
        key=bar.x,
    )
