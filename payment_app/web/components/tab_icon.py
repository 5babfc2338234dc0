"""The tab's picture says the state. It is part of the page, so that a change asks for nothing."""

from __future__ import annotations

from urllib.parse import quote

_SHAPES = {
    "good": ("#08764a", "M5 12.5l4.5 4.5L19 7.5"),
    "bad": ("#b42318", "M7 7l10 10M17 7L7 17"),
    "warn": ("#8a4b08", "M12 6.5v7M12 17.2v.3"),
    "wait": ("#0f5fa8", "M12 7v5.5l3.5 2"),
}
"""Ground and stroke of each tone."""


def _picture(ground: str, stroke: str) -> str:
    drawn = (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24">'
        f'<circle cx="12" cy="12" r="12" fill="{ground}"/>'
        f'<path d="{stroke}" fill="none" stroke="#fff" stroke-width="2.5" '
        'stroke-linecap="round" stroke-linejoin="round"/></svg>'
    )
    return f"data:image/svg+xml,{quote(drawn, safe=' =:/')}"


TAB_ICONS = {tone: _picture(*shape) for tone, shape in _SHAPES.items()}
"""Addresses of the pictures, by tone."""
