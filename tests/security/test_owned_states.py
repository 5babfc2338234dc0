"""Whose a state is: decided in one place, whatever asks for it."""

from __future__ import annotations

import asyncio

import pytest
import reflex as rx
from reflex.istate.manager.token import BaseStateToken

from payment_app.web.tabs import states as states_module
from payment_app.web.tabs.states import MOST_KEPT, OwnedStates, PageGone
from payment_app.web.tabs.visitor import Visitor, link_of

PAYER = Visitor("socket-1", "")
PAYER_AGAIN = Visitor("socket-2", "")
MEMBER = Visitor("socket-1", "session-1")


def tab(name: str = "tab") -> BaseStateToken:
    return BaseStateToken(ident=name, cls=rx.State)


def held(states: OwnedStates, visitor: Visitor, name: str = "tab") -> object:
    """The state that a visitor gets."""
    states.admit(tab(name), visitor)
    return states._get_or_create_state(tab(name))


@pytest.mark.parametrize(
    ("first", "second", "kept"),
    [
        (PAYER, PAYER, True),
        (PAYER, PAYER_AGAIN, True),
        (MEMBER, MEMBER, True),
        (MEMBER, Visitor("socket-2", "session-1"), False),
        (MEMBER, Visitor("socket-1", "session-2"), False),
        (MEMBER, Visitor("socket-2", ""), False),
        (MEMBER, Visitor("socket-1", ""), False),
        (PAYER, MEMBER, False),
    ],
)
async def test_who_goes_on_with_a_state(first: Visitor, second: Visitor, kept: bool) -> None:
    states = OwnedStates()
    assert (held(states, first) is held(states, second)) == kept


async def test_a_state_of_staff_goes_with_its_socket_and_a_payers_soon(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(states_module, "KEPT_FOR", 0.2)
    states = OwnedStates()
    held(states, MEMBER, "staff")
    held(states, PAYER, "payer")
    states.leave("staff", "socket-1")
    states.leave("payer", "socket-1")
    await asyncio.sleep(0.05)
    assert set(states.states) == {"payer"}
    await asyncio.sleep(0.3)
    assert not states.states


async def test_a_state_that_is_in_use_goes_when_it_is_not() -> None:
    states = OwnedStates()
    held(states, MEMBER)
    async with states.modify_state(tab()):
        states.leave("tab", "socket-1")
        await asyncio.sleep(0.1)
        assert states.states
    await asyncio.sleep(0.2)
    assert not states.states


async def test_a_tab_that_came_back_is_not_forgotten() -> None:
    states = OwnedStates()
    held(states, MEMBER)
    states.socket_of = {"tab": "socket-2"}.get
    states.leave("tab", "socket-1")
    held(states, Visitor("socket-2", "session-1"))
    await asyncio.sleep(0.1)
    assert states.states


async def test_so_many_payers_pages_are_kept_and_no_more() -> None:
    states = OwnedStates()
    for number in range(MOST_KEPT + 50):
        held(states, PAYER, f"tab-{number}")
        states.leave(f"tab-{number}", "socket-1")
    assert states.kept == MOST_KEPT
    assert "tab-0" not in states.states


async def test_work_for_a_page_that_is_gone_touches_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A handler that ran on while its socket was replaced by a stranger's."""
    states = OwnedStates()
    states.socket_of = {"tab": "socket-2"}.get
    monkeypatch.setattr(states_module, "visitor_of", lambda _: MEMBER)
    with pytest.raises(PageGone):
        async with states.modify_state(tab()):
            raise AssertionError("it was let in")
    assert not states.states
    assert issubclass(PageGone, asyncio.CancelledError), "it ends quietly"


@pytest.mark.parametrize(
    ("address", "link"),
    [
        ("/pay/abc", "/pay/abc"),
        ("/pay/abc/?lang=sw", "/pay/abc"),
        ("/receipt/abc#x", "/receipt/abc"),
        ("/pay/", ""),
        ("/pay/a/b", ""),
        ("/staff/payments/1", ""),
        ("", ""),
    ],
)
def test_the_link_that_a_page_is_for(address: str, link: str) -> None:
    assert link_of({"asPath": address}) == link
