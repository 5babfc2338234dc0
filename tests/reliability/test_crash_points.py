"""The process dies at each numbered step of the flow; its next start makes it right by itself."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import pytest

from payment_app.services.shared.failpoint import Step
from tests.reliability.load import Stage, judge, stage

BY_QUERY = (Step.BEFORE_QUERY, Step.QUERIED, Step.IN_QUERY_NOTE, Step.AFTER_QUERY_NOTE)
LOST_ID = (Step.PUSHED, Step.IN_T3)
"""Steps after which only the callback knows Daraja's id."""
ALWAYS = (Step.AFTER_T2, Step.PUSHED, Step.AFTER_T4, Step.IN_T5, Step.QUERIED)
"""Run each time; the others in the long form."""
STEPS = [pytest.param(step, marks=() if step in ALWAYS else pytest.mark.slow) for step in Step]


@pytest.mark.parametrize("step", STEPS)
async def test_killed_there_it_ends_right(database_url: str, tmp_path: Path, step: Step) -> None:
    async with stage(database_url, tmp_path, speed=60) as scene:
        scene.gateway.patience = 1.0
        await scene.start(die_at=step)
        (booking,) = await scene.bookings(1)
        if step in BY_QUERY:
            await scene.order(callback={"mode": "lost"})
        elif step in LOST_ID:
            # The app is back before the customer has typed the PIN.
            await scene.order(auto_complete_seconds=2.5)
        await ask_once(scene, booking)
        assert await scene.until_dead() == -9, f"it never came to {step}"
        await scene.start()
        await scene.until_settled()
        verdict = await judge(scene)
        assert verdict.beyond_knowing == 0
        assert verdict.paid == verdict.moved <= 1
        # Nothing, or all of it, had happened; either way the customer can go on.
        await scene.pay(booking)
        await scene.until_settled()
        verdict = await judge(scene)
        assert (verdict.paid, verdict.moved) == (1, 1), verdict


async def ask_once(scene: Stage, booking: dict[str, Any]) -> None:
    """One wish to pay, whatever becomes of its answer."""
    wish = {
        "booking_id": booking["booking_id"],
        "phone_number": booking["phone"],
        "amount": booking["amount"],
    }
    async with scene.api() as api:
        with suppress(httpx.TransportError):
            await api.post("/api/mpesa/stkpush", json=wish)
