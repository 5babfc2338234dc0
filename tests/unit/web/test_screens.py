"""A screen of the console is one folder and its place in the list of routes, and nothing else."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
import reflex as rx

from payment_app.domain.staff import Permission
from payment_app.services.shared.policy import policy_of
from payment_app.web import routes
from payment_app.web.routes import ROUTES, SCREENS
from payment_app.web.staff.frame import staff_page
from payment_app.web.staff.home.state import StaffHomeState
from payment_app.web.staff.screen import Door, Screen

PACKAGE = Path(routes.__file__).parents[1]
STAFF = PACKAGE / "web" / "staff"
FOLDERS = sorted(page.parent.name for page in STAFF.glob("*/page.py"))
SHARED = {"booking_form", "components", "quick", "refund_box"}
"""Folders that hold what several screens use."""


@cache
def imports(file: Path) -> frozenset[str]:
    """The modules of ours that a file imports; each file is read once for all screens."""
    return frozenset(_imported(file))


def _imported(file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


def rendered(screen: Screen, screens: tuple[Screen, ...] = SCREENS) -> str:
    return json.dumps(staff_page(screen, screens).render(), default=str)


def test_each_folder_is_a_screen_and_each_screen_is_listed() -> None:
    folders = {folder.name for folder in STAFF.iterdir() if (folder / "__init__.py").exists()}
    assert folders == {*FOLDERS, *SHARED}
    assert len([route for route in ROUTES if "/staff" in route.path]) == len(FOLDERS)


@pytest.mark.parametrize("folder", FOLDERS)
def test_nothing_outside_a_screens_folder_knows_it_but_the_list_of_routes(folder: str) -> None:
    inside = f"payment_app.web.staff.{folder}"
    users = {
        file.relative_to(PACKAGE).as_posix()
        for file in PACKAGE.rglob("*.py")
        if STAFF / folder not in file.parents
        and any(name == inside or name.startswith(f"{inside}.") for name in imports(file))
    }
    assert users == {"web/routes.py"}


@pytest.mark.parametrize("screen", SCREENS, ids=lambda screen: screen.path)
def test_a_screen_says_whom_it_serves(screen: Screen) -> None:
    assert screen.policy == policy_of(screen.on_load.fn)
    assert screen.policy.name in ("staff", "member")
    assert screen.state.look_again is not None


def test_a_new_screen_is_in_the_menu_of_every_page_with_its_key() -> None:
    new = Screen(
        path="/staff/lockers",
        title="Lockers",
        heading="Lockers",
        contents=lambda: rx.el.p("Nothing here yet"),
        state=StaffHomeState,
        on_load=StaffHomeState.watch,
        door=Door("Lockers", key="l"),
    )
    for screen in (*SCREENS, new):
        page = rendered(screen, (*SCREENS, new))
        assert 'to:\\"/staff/lockers\\"' in page
        assert '[\\"l\\"] : \\"/staff/lockers\\"' in page
        assert "go to lockers" in page
    assert "/staff/lockers" not in rendered(SCREENS[0])


@pytest.mark.parametrize("screen", SCREENS, ids=lambda screen: screen.path)
def test_the_menu_marks_the_door_that_a_page_lies_behind(screen: Screen) -> None:
    behind = {"/staff/payments/[payment_id]": 1, "/staff/bookings/[booking_id]": 1}
    expected = 1 if screen.door else behind.get(screen.path, 0)
    assert sum(one.leads_to(screen) for one in SCREENS if one.door) == expected
    assert rendered(screen).count('aria-current\\":\\"page') == expected


def test_a_door_is_shown_to_those_whom_the_page_serves() -> None:
    hidden = [one for one in SCREENS if one.door and one.needs is not Permission.READ]
    assert [one.path for one in hidden] == [
        "/staff/reconcile",
        "/staff/refunds",
        "/staff/activity",
    ]
    assert "may_export" in rendered(SCREENS[0])
    assert "may_administer" in rendered(SCREENS[0])
    assert "may_refund" in rendered(SCREENS[0])
