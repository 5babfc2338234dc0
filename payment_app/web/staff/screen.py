"""A screen of the console: what its folder declares, and what menu, tab and gate are made from."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import reflex as rx

from payment_app.domain.staff import Permission
from payment_app.services.shared.policy import Policy, policy_of


@dataclass(frozen=True)
class Door:
    """A screen's place in the menu.

    Attributes:
        words: what the menu calls it.
        key: opens it when pressed after `g`; empty for none.
        badge: a var: how many things wait there, 0 for nothing to say.
    """

    words: str
    key: str = ""
    badge: Any = None


@dataclass(frozen=True)
class Screen:
    """One page of the console.

    Attributes:
        path: as Reflex writes it, `[payment_id]` for the part that varies.
        title: of the browser's tab.
        heading: the page's first-level heading.
        contents: makes what stands below it, shown once the state holds this page's contents.
        state: brings `look_again`, for pages that were in the background.
        on_load: the event that fills the page. Whom its policy serves sees the screen's door.
        door: its place in the menu, if it has one.
        own_search: the page has a search box itself; the frame then shows none.
    """

    path: str
    title: str | rx.Var[str]
    heading: str | rx.Var[str]
    contents: Callable[[], rx.Component]
    state: Any
    on_load: Any
    door: Door | None = None
    own_search: bool = False

    @property
    def policy(self) -> Policy:
        """Whom the page serves, as the event that fills it declares.

        Raises:
            TypeError: it declares nothing.
        """
        policy = policy_of(self.on_load.fn)
        if policy is None:
            raise TypeError(f"{self.path}: the event that fills it declares no policy.")
        return policy

    @property
    def needs(self) -> Permission:
        """What a member must have to open the page."""
        return self.policy.permission or Permission.READ

    def leads_to(self, other: Screen) -> bool:
        """Whether this screen's door is the one that `other` lies behind."""
        return other.path == self.path or other.path.startswith(f"{self.path}/[")


def doors(screens: Sequence[Screen]) -> list[tuple[Screen, Door]]:
    """The screens that the menu leads to, in its order."""
    return [(screen, screen.door) for screen in screens if screen.door is not None]
