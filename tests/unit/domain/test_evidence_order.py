"""A payment's facts do not depend on the order of what happened, and each has its witness."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payment_app.domain.bookings import BookingStatus, status_for
from payment_app.domain.errors import BadInput, RefusedByMpesa, TooMany
from payment_app.domain.lifecycle import (
    RANK,
    Contradiction,
    Evidence,
    Known,
    PaymentStatus,
    Source,
    decide,
)
from payment_app.domain.money import shillings
from payment_app.domain.phone import normalise_phone

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
AMOUNT = Decimal(2_500)
ONE, OTHER = "SKJ7RT61SV", "SKJ7RT61SW"


def evidences(*receipts: str | None) -> st.SearchStrategy[list[Evidence]]:
    return st.lists(
        st.builds(
            Evidence,
            claims=st.sampled_from(PaymentStatus),
            source=st.sampled_from(Source),
            at=st.just(NOW),
            amount=st.sampled_from([None, AMOUNT, AMOUNT + 1]),
            receipt=st.sampled_from(receipts),
        ),
        max_size=7,
    )


def orders(*receipts: str | None) -> st.SearchStrategy[tuple[list[Evidence], list[Evidence]]]:
    return evidences(*receipts).flatmap(
        lambda all_: st.tuples(st.just(all_), st.permutations(all_))
    )


def weigh(pieces: list[Evidence]) -> tuple[Known, set[str]]:
    """What is known after all of it, and the receipts that a person was told about."""
    known, told = Known(PaymentStatus.CREATED, AMOUNT), set()
    for piece in pieces:
        decision = decide(known, piece)
        known = decision.known
        if decision.contradiction not in (None, Contradiction.AMOUNT_MISMATCH):
            told |= {piece.receipt} - {None}
    return known, told


@given(orders(None, ONE))
def test_status_and_receipt_are_the_same_in_any_order(
    both: tuple[list[Evidence], list[Evidence]],
) -> None:
    one, other = (weigh(pieces)[0] for pieces in both)
    assert (one.status, one.receipt, one.amount) == (other.status, other.receipt, other.amount)


@given(orders(None, ONE, OTHER))
def test_of_two_receipts_one_is_kept_and_one_is_told_in_any_order(
    both: tuple[list[Evidence], list[Evidence]],
) -> None:
    (one, told), (other, told_other) = (weigh(pieces) for pieces in both)
    assert one.status == other.status
    money = [p for p in both[0] if p.claims is PaymentStatus.COMPLETED]
    receipts = {p.receipt for p in money if p.receipt and p.amount in (None, AMOUNT)}
    for known, heard in ((one, told), (other, told_other)):
        assert (known.receipt is None) == (not receipts)
        assert {known.receipt} - {None} | (heard & receipts) == receipts


@given(evidences(None, ONE), st.data())
def test_the_witness_is_whoever_brought_the_present_status(
    pieces: list[Evidence], data: st.DataObject
) -> None:
    known = Known(PaymentStatus.CREATED, AMOUNT)
    for piece in pieces:
        after = decide(known, piece)
        assert after.known.witness == (piece.source if after.changed else known.witness)
        known = after.known


@pytest.mark.parametrize("source", list(Source))
def test_a_raised_payment_names_its_witness(source: Source) -> None:
    decision = decide(
        Known(PaymentStatus.CREATED, AMOUNT), Evidence(PaymentStatus.PENDING, source, NOW)
    )
    assert decision.known == Known(PaymentStatus.PENDING, AMOUNT, None, source)
    same = decide(decision.known, Evidence(PaymentStatus.PENDING, Source.STAFF, NOW))
    assert same.known == replace(decision.known, witness=source)


def test_ranks_leave_no_room_for_a_failure_above_money() -> None:
    assert RANK[PaymentStatus.COMPLETED] - RANK[PaymentStatus.CANCELLED] == 2


def test_one_shilling_is_part_of_the_payment() -> None:
    assert status_for(AMOUNT, Decimal(1), closed=False) is BookingStatus.PART_PAID


def test_a_number_of_40_typed_characters_is_read_and_of_41_is_not() -> None:
    typed = "0712 345 678"
    assert normalise_phone(typed.rjust(40)) == "254712345678"
    with pytest.raises(BadInput):
        normalise_phone(typed.rjust(41))


def test_a_number_too_long_to_be_written_out_is_refused() -> None:
    with pytest.raises(BadInput) as refused:
        shillings(10**5_000)
    assert refused.value.code == "invalid_amount"


def test_a_refusal_carries_its_code_its_words_and_when_to_come_back() -> None:
    wait = TooMany("too_soon", "Wait.", 17)
    assert (wait.code, wait.sentence, wait.retry_after, str(wait)) == (
        "too_soon",
        "Wait.",
        17,
        "Wait.",
    )
    assert [TooMany("c", "s", seconds).retry_after for seconds in (-3, 0, 1, 2)] == [1, 1, 1, 2]


def test_a_refusal_by_mpesa_has_a_reason() -> None:
    refused = RefusedByMpesa("refused_by_mpesa", "No.")
    assert (refused.code, refused.sentence, refused.reason) == (
        "refused_by_mpesa",
        "No.",
        "rejected",
    )
    assert RefusedByMpesa("c", "s", reason="busy").reason == "busy"
