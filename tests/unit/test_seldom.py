"""Lines that a stranger can cause are said so often, and the rest is counted."""

from __future__ import annotations

from payment_app.services.shared.seldom import Seldom


def test_so_many_of_each_kind_and_then_the_number_of_the_rest() -> None:
    now = 100.0
    seldom = Seldom(2, 60.0, lambda: now)
    assert [seldom.left_out("a") for _ in range(5)] == [0, 0, None, None, None]
    assert seldom.left_out("b") == 0, "another kind has its own"
    now += 59.9
    assert seldom.left_out("a") is None
    now += 0.2
    assert [seldom.left_out("a") for _ in range(3)] == [4, 0, None]
    now += 61
    assert seldom.left_out("a") == 1
