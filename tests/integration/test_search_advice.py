"""Ways on from a search that found too little: the name that was meant, and no filters."""

from __future__ import annotations

import pytest

from payment_app.domain.sight import EVERYTHING
from payment_app.services.search.advice import Adviser
from payment_app.services.search.payments import PaymentSearch
from payment_app.services.search.reading.parse import parse, to_params
from payment_app.services.search.reading.spelling import Spelling
from tests.integration.world import World


async def pay(world: World, customer: str, amount: int = 2_500) -> None:
    """A prompt to a phone of their own."""
    phone = f"07220000{len(world.references):02d}"
    booking = await world.booking(amount, customer=customer, phone=phone)
    await world.pushed(booking, phone=phone)


async def look(world: World, **params: str) -> tuple[dict[str, str], dict[str, str], int]:
    """(the wider address, the meant address, what it finds); empty where none is offered."""
    search = PaymentSearch(world.runtime.database, world.clock)
    query = parse(params, world.clock(), EVERYTHING)
    found = (await search.counts(query))[query.tab].number
    advice = await Adviser(search, Spelling(world.runtime.database)).look(query, found)
    wider, meant = advice.wider, advice.meant
    number = sum(way.count.number for way in (wider, meant) if way)
    return (
        to_params(wider.query) if wider else {},
        to_params(meant.query) if meant else {},
        number,
    )


@pytest.mark.parametrize(
    "typed", ["wanjku", "wanjikuu", "wanijku", "wankiku", "Wanjku", "wanjku kamau", "name:wanjku"]
)
async def test_a_misspelt_name_is_suggested(world: World, typed: str) -> None:
    for name in ("Wanjiku Kamau", "Wanjiru Njoroge", "Peter Otieno"):
        await pay(world, name)
    wider, meant, number = await look(world, q=typed)
    right = typed.lower().split(":")[-1].replace(typed.lower().split(":")[-1].split()[0], "wanjiku")
    assert meant == {"q": f"name:{right}" if typed.startswith("name:") else right}
    assert (wider, number) == ({}, 1)


@pytest.mark.parametrize("typed", ["otieno", "xyzzyx", "otie", "0712345678", "KSh 9,999", "otn"])
async def test_what_no_name_is_near_to_is_left_alone(world: World, typed: str) -> None:
    await pay(world, "Peter Otieno")
    assert (await look(world, q=typed))[1] == {}


async def test_a_search_within_old_filters_says_what_is_outside(world: World) -> None:
    await pay(world, "Wanjiku Kamau")
    filters = {"tab": "failed", "amount": ">9000", "date": "last-month"}
    assert await look(world, q="kamau", **filters) == ({"q": "kamau"}, {}, 1)
    assert await look(world, q="kamau") == ({}, {}, 0)
    assert await look(world, **filters) == ({}, {}, 0), "nothing was typed"
    # Misspelt, and within filters: the name without them.
    assert await look(world, q="kamua", **filters) == ({}, {"q": "kamau"}, 1)


@pytest.mark.parametrize("typed", ["KSh 2,500", "ksh2500", "Sh. 2,500/=", "2,500/-", "KES 2500.00"])
async def test_an_amount_is_found_as_tables_show_it(world: World, typed: str) -> None:
    search = PaymentSearch(world.runtime.database, world.clock)
    for amount in (2_500, 700):
        await pay(world, "Wanjiku Kamau", amount)
    for question in (typed, f"wanjiku {typed}", f"{typed} wanjiku"):
        page = await search.page(parse({"q": question}, world.clock(), EVERYTHING))
        assert [row.amount for row in page.rows] == [2_500], question
