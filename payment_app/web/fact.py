"""A label with its value, as views give it and `components.facts` shows it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Fact:
    """A label with its value; both are what people read."""

    label: str = ""
    value: str = ""
