"""Pages of one thing: which one it is, following it, and nothing of it on another one's page."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from payment_app.domain.errors import NotFound
from payment_app.live.hub import Hub, booking_topic
from payment_app.services.staff.member import Member
from payment_app.web import services as wired
from payment_app.web.staff import state as staff_module
from payment_app.web.staff.detail import DetailState
from payment_app.web.staff.payment.state import PaymentState
from payment_app.web.staff.state import Visit


class Tab:
    """A browser's tab, as much of it as these pages ask about."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.shown: list[Any] = []
        self.loaded = 0
        self.stays: list[bool] = []
        self.phone = ""
        self.raw: list[Any] = []
        self.raw_shown = False
        self.found: Any = "the thing"

    _follow = DetailState._follow
    _look = DetailState._look
    _number = DetailState._number
    _refresh = DetailState._refresh
    _show_here = DetailState._show_here

    async def __aenter__(self) -> Tab:
        return self

    async def __aexit__(self, *_: object) -> None: ...

    def _number_in_address(self) -> int | None:
        router = SimpleNamespace(url=SimpleNamespace(path=self.path))
        return DetailState._number_in_address(SimpleNamespace(router=router))  # type: ignore[arg-type]

    async def _find(self, number: int) -> Any:
        if self.found is None:
            raise NotFound("x_not_found", "There is no such x.")
        return self.found

    def _booking_of(self, _number: int, _found: Any) -> int:
        return 7

    async def _stays(self, *_: object) -> bool:
        return self.stays.pop(0)

    def _show(self, found: Any) -> None:
        self.shown.append(found)

    def _loaded(self) -> None:
        self.loaded += 1

    def _say(self, *_: object) -> None: ...


@pytest.fixture
def hub() -> Iterator[Hub]:
    before, hub = wired._services, Hub()
    wired.use(SimpleNamespace(hub=hub))  # type: ignore[arg-type]
    yield hub
    wired._services = before


@pytest.mark.parametrize("path", ["/staff/payments/", "/staff/payments/x", "/staff/payments/-1"])
async def test_an_address_without_a_number_is_about_nothing(path: str) -> None:
    tab = Tab(path)
    assert tab._number_in_address() is None
    with pytest.raises(NotFound):
        await tab._number()


async def test_it_is_shown_at_each_hint_for_as_long_as_the_page_stays(hub: Hub) -> None:
    tab = Tab("/staff/payments/12")
    tab.stays = [True, True, False]

    def show(found: Any) -> None:
        tab.shown.append(found)
        hub.notify(booking_topic(7))

    tab._show = show  # type: ignore[method-assign]
    assert not await tab._follow(Visit(1, tab.path), 12)
    assert (tab.shown, tab.loaded) == (["the thing", "the thing"], 2)
    assert hub.watching == 0


async def test_what_is_not_there_leaves_the_page_open(hub: Hub) -> None:
    tab = Tab("/staff/payments/12")
    tab.found = None
    assert await tab._follow(Visit(1, tab.path), 12)
    assert (tab.shown, hub.watching) == ([], 0)


async def test_what_was_read_for_another_one_is_not_shown() -> None:
    tab = Tab("/staff/payments/13")
    tab._show_here(12, "twelve")
    assert (tab.shown, tab.loaded) == ([], 0)
    tab._show_here(13, "thirteen")
    assert tab.shown == ["thirteen"]


@pytest.mark.parametrize("moved", [False, True])
async def test_a_full_number_is_not_shown_on_another_payments_page(moved: bool) -> None:
    tab = Tab("/staff/payments/12")

    async def reveal(_who: Member, _payment_id: int) -> str:
        tab.path = "/staff/payments/13" if moved else tab.path
        return "254712345678"

    before = wired._services
    wired.use(SimpleNamespace(payments=SimpleNamespace(reveal_phone=reveal)))  # type: ignore[arg-type]
    acting = staff_module._acting.set(SimpleNamespace())  # type: ignore[arg-type]
    try:
        await PaymentState.event_handlers["reveal_phone"].fn.__wrapped__(tab)
    finally:
        wired._services = before
        staff_module._acting.reset(acting)
    assert tab.phone == ("" if moved else "0712 345 678")
