"""Bars for thirty days: a drawing for the eye, and a table that says the same."""

from __future__ import annotations

import reflex as rx

from payment_app.web.staff.components.staff_kit import ReadOut
from payment_app.web.staff.home.texts import HOME
from payment_app.web.staff.home.view import BAR_STEP, Bar

_BOX = f"0 0 {30 * BAR_STEP} 100"


def bar_chart(
    bars: list[Bar] | rx.Var[list[Bar]],
    scale: list[str] | rx.Var[list[str]],
    caption: str,
    heads: tuple[str, str, str],
) -> rx.Component:
    """Thirty bars, stretched to the width of their box, beside their scale; a day says itself.

    Geometry goes through `custom_attrs`: as properties, Reflex would turn it into a style element,
    which our Content-Security-Policy forbids. Colours come from classes.

    Args:
        bars: oldest first.
        scale: amounts from the top to the foot.
        caption: of the table, which replaces the drawing for whoever does not see it.
        heads: of its columns: day, amount, number.
    """
    marks = rx.el.div(
        rx.foreach(scale, lambda mark: rx.el.span(mark)),
        class_name="-my-2 flex shrink-0 flex-col justify-between text-right text-xs text-(--muted)",
        custom_attrs={"aria-hidden": "true"},
    )
    return rx.fragment(
        ReadOut.create(
            rx.el.div(marks, _drawing(bars), class_name="flex gap-2 pt-2"),
            words=HOME["chart_hint"],
            words_class="mt-2 text-right text-sm text-(--muted)",
        ),
        _table(bars, caption, heads),
    )


def _drawing(bars: list[Bar] | rx.Var[list[Bar]]) -> rx.Component:
    lines = [
        rx.el.line(
            class_name="stroke-(--line)",
            custom_attrs={
                "x1": "0",
                "x2": str(30 * BAR_STEP),
                "y1": height,
                "y2": height,
                "vectorEffect": "non-scaling-stroke",
            },
        )
        for height in ("0", "50", "100")
    ]
    return rx.el.svg(
        *lines,
        rx.foreach(bars, _bar),
        class_name="block h-32 min-w-0 flex-1 overflow-visible",
        custom_attrs={
            "viewBox": _BOX,
            "preserveAspectRatio": "none",
            "aria-hidden": "true",
            "focusable": "false",
        },
    )


def _bar(bar: Bar) -> rx.Component:
    """The bar, within a column that can be pointed at however low the bar is."""
    column = {"x": bar.x, "y": "0", "width": bar.width, "height": "100"}
    return rx.el.g(
        rx.el.rect(class_name="fill-transparent", custom_attrs=column),
        rx.el.rect(
            class_name=rx.cond(bar.today, "fill-(--accent)", "fill-(--field)"),
            custom_attrs={"x": bar.x, "y": bar.y, "width": bar.width, "height": bar.height},
        ),
        key=bar.x,
        class_name="hover:opacity-70",
        custom_attrs={"data-said": bar.said},
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
