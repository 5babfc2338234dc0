"""What the socket sends to a viewer: no full number in any form, no link, no address."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import Any

import pytest

from payment_app.domain.staff import Role
from payment_app.web.staff.payment.state import PaymentState
from tests.reliability.wire import Page
from tests.server import Server

NUMBER = "254708641957"
"""Not the example that the pay page shows in its field."""
LEAK = re.compile(r"708\W{0,3}6\W{0,2}4\W{0,2}1|6\W{0,2}4\W{0,2}1\W{0,3}957")


@dataclass
class Overheard(Page):
    """A page that keeps every message with variables."""

    frames: list[str] = field(default_factory=list)

    def _take(self, message: list[Any]) -> None:
        self.frames.append(json.dumps(message, ensure_ascii=False))
        super()._take(message)


@pytest.fixture(scope="module")
def shop(server: Server) -> dict[str, Any]:
    """A booking whose customer left the number everywhere, and a prompt for it."""
    customer = {
        "name": "Wanjiku 0708 641 957",
        "phone_number": NUMBER,
        "email": "wanjiku.kamau@example.co.ke",
    }
    made = server.booking(customer=customer, title="For 0708-641-957", details={"Call": NUMBER})
    body = {"booking_id": made["booking_id"], "phone_number": NUMBER, "amount": made["amount"]}
    answer = server.api.post("/api/mpesa/stkpush", json=body)
    assert answer.status_code == 200, answer.text
    assert answer.json()["checkout_request_id"].endswith(NUMBER[-9:])
    return made | {"payment_id": answer.json()["payment_id"]}


PATHS = (
    "/staff",
    "/staff/payments",
    "/staff/payments?q=wanjiku",
    "/staff/payments/{payment_id}",
    "/staff/bookings",
    "/staff/bookings/{booking_id}",
    "/staff/waiting",
    "/staff/settings",
    "/staff/account",
    "/staff/activity",
)


async def frames(server: Server, path: str, role: Role) -> str:
    """All that one page is sent."""
    page = Overheard(f"{server.url}{path}", cookie=server.sign_in(role.value))
    await page.open()
    here = path.partition("?")[0]
    await page.until(lambda state: state.get("loaded_path") == here)
    await page.close()
    return "\n".join(page.frames)


@pytest.mark.parametrize("path", PATHS)
async def test_a_viewer_is_sent_no_number_and_no_link(
    server: Server, shop: dict[str, Any], path: str
) -> None:
    sent = await frames(server, path.format(**shop), Role.VIEWER)
    token = shop["pay_url"].rpartition("/")[2]
    assert LEAK.search(sent) is None
    assert token not in sent
    assert "wanjiku.kamau@" not in sent


async def test_a_cashier_is_sent_the_link_and_no_number(
    server: Server, shop: dict[str, Any]
) -> None:
    token = shop["pay_url"].rpartition("/")[2]
    for path in ("/staff/payments/{payment_id}", "/staff/bookings/{booking_id}"):
        sent = await frames(server, path.format(**shop), Role.CASHIER)
        assert "•••957" in sent
        assert LEAK.search(sent) is None
        assert token in sent


async def test_the_number_comes_with_its_id_when_it_is_asked_for(
    server: Server, shop: dict[str, Any]
) -> None:
    path = f"/staff/payments/{shop['payment_id']}"
    page = Overheard(f"{server.url}{path}", cookie=server.sign_in("finance"))
    await page.open()
    await page.until(lambda state: state.get("loaded_path") == path)
    assert "ws_CO_" in json.dumps(page.state)
    before = json.dumps(page.state["detail"]["facts"])
    assert NUMBER[-9:] not in before
    await page.call(f"{PaymentState.get_full_name()}.reveal_phone", {})
    await page.until(lambda state: NUMBER[-9:] in json.dumps(state["detail"]["facts"]))
    assert page.state["phone"] == "0708 641 957"
    await page.close()
