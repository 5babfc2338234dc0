"""How long people take: from this installation's own payments, or not said."""

from __future__ import annotations

from payment_app.services.pay_pages.usual import FEWEST, UsualTime, most_people_within
from tests.integration.kit import run_sql
from tests.integration.world import PHONE, World


def test_most_people_are_three_of_four_in_steps_of_5() -> None:
    assert most_people_within([]) == 0
    assert most_people_within([9.0] * (FEWEST - 1)) == 0
    assert most_people_within([9.0] * FEWEST) == 10
    assert most_people_within([0.0] * FEWEST) == 5
    assert most_people_within([8.0] * 15 + [170.0] * 5) == 10
    assert most_people_within([8.0] * 14 + [31.0] * 6) == 35


async def test_it_is_read_from_the_newest_payments(world: World) -> None:
    booking = await world.booking()
    await world.pushed(booking)
    view = await world.runtime.pages.view(booking.pay_token)
    assert view is not None
    assert view.usual_seconds == 0, "nobody has paid here yet"
    rows = ", ".join(
        f"({booking.booking_id}, {booking.user_id}, 100, 'mpesa', 'completed', '{PHONE}', "
        f"'2026-11-23 09:00:00', '2026-11-23 09:00:{second:02d}', 0, 0, 0)"
        for second in range(10, 10 + FEWEST)
    )
    await run_sql(
        world,
        "INSERT INTO payment (booking_id, user_id, amount, payment_method, status, phone_number, "
        f"submitted_at, settled_at, amount_refunded, checks_done, version) VALUES {rows}",
    )
    assert await UsualTime(world.runtime.database).seconds() == 25
