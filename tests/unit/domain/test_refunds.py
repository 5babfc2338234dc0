"""The rules of a refund: a maximum over evidence."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payment_app.domain.refunds import (
    LIVE,
    NOTHING_MOVED,
    RANK,
    RETURNED,
    Contradiction,
    Evidence,
    Known,
    RefundStatus,
    Way,
    decide,
    way_for,
)

AT = datetime(2026, 11, 25, tzinfo=UTC)
FULL = Decimal(2_500)
statuses = st.sampled_from(list(RefundStatus))
evidences = st.builds(
    Evidence,
    claims=statuses,
    at=st.just(AT),
    amount=st.sampled_from([None, FULL, Decimal(1)]),
    receipt=st.sampled_from([None, "UKA1", "UKB2"]),
)


def test_every_status_has_a_rank_and_one_class() -> None:
    assert set(RANK) == set(RefundStatus)
    assert set(RefundStatus) == LIVE | RETURNED | NOTHING_MOVED
    assert len(LIVE) + len(RETURNED) + len(NOTHING_MOVED) == len(RefundStatus)


@given(statuses, evidences, st.booleans())
def test_total_monotone_and_idempotent(
    status: RefundStatus, evidence: Evidence, fits: bool
) -> None:
    known = Known(status, FULL, fits=fits)
    once = decide(known, evidence)
    assert RANK[once.known.status] >= RANK[status]
    again = decide(once.known, evidence)
    assert again.known == once.known
    assert not again.changed


@given(st.lists(evidences, min_size=2, max_size=3))
def test_the_order_does_not_matter(several: list[Evidence]) -> None:
    ends = set()
    for order in permutations(several):
        known = Known(RefundStatus.SENT, FULL)
        for evidence in order:
            known = decide(known, evidence).known
        ends.add(known.status)
    assert len(ends) == 1


def test_contradictions() -> None:
    done = Known(RefundStatus.DONE, FULL, "UKA1")
    for evidence, against in (
        (Evidence(RefundStatus.FAILED, AT), Contradiction.DENIED),
        (Evidence(RefundStatus.DONE, AT, FULL, "UKB2"), Contradiction.SECOND_RECEIPT),
        (Evidence(RefundStatus.DONE, AT, Decimal(1)), Contradiction.AMOUNT),
    ):
        assert decide(done, evidence).contradiction is against
    failed = Known(RefundStatus.FAILED, FULL, fits=False)
    assert decide(failed, Evidence(RefundStatus.DONE, AT)).contradiction is Contradiction.TWICE


def test_a_receipt_may_follow() -> None:
    decision = decide(Known(RefundStatus.DONE, FULL), Evidence(RefundStatus.DONE, AT, FULL, "UKA1"))
    assert decision.receipt_added
    assert decision.known.receipt == "UKA1"


@pytest.mark.parametrize(
    ("amount", "returned", "receipt", "reversible", "way"),
    [
        (2_500, 0, "UKA1", True, Way.REVERSAL),
        (2_500, 0, None, True, Way.PAYOUT),
        (2_500, 0, "UKA1", False, Way.PAYOUT),
        (1_000, 0, "UKA1", True, Way.PAYOUT),
        (1_500, 1_000, "UKA1", True, Way.PAYOUT),
        (9, 0, "UKA1", True, None),
    ],
)
def test_the_way(
    amount: int, returned: int, receipt: str | None, reversible: bool, way: Way | None
) -> None:
    found = way_for(
        Decimal(amount), FULL, Decimal(returned), receipt=receipt, reversible=reversible
    )
    assert found is way


def test_a_small_or_huge_payment_can_still_be_reversed_or_not() -> None:
    small, huge = Decimal(5), Decimal(300_000)
    nothing = Decimal(0)
    assert way_for(small, small, nothing, receipt="UKA1", reversible=True) is Way.REVERSAL
    assert way_for(huge, huge, nothing, receipt="UKA1", reversible=True) is None
