"""One page with its address; each screen declares its own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import reflex as rx


@dataclass(frozen=True)
class Route:
    """One page.

    Attributes:
        path: as Reflex writes it, `[token]` for the part that varies.
        component: makes the page.
        title: of the browser's tab.
        on_load: the event that fills it, if any.
        simulator_only: the page exists only while payments are pretended.
        in_simulator: what stands there instead while payments are pretended.
    """

    path: str
    component: Callable[[], rx.Component]
    title: str | rx.Var[str]
    on_load: Any = None
    simulator_only: bool = False
    in_simulator: Callable[[], rx.Component] | None = None
