"""The state machine: total, monotone, idempotent, and blind to the order of evidence."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payment_app.domain.lifecycle import (
    FAILURES,
    LIVE,
    MONEY,
    RANK,
    Contradiction,
    Decision,
    Evidence,
    Known,
    PaymentStatus,
    Source,
    decide,
)
from payment_app.services.payments.results import claimed_status

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
AMOUNT = Decimal(2_500)
WORDS = "created submitting unknown pending rejected expired failed cancelled completed refunded"

statuses = st.sampled_from(PaymentStatus)
receipts = st.sampled_from([None, "SKJ7RT61SV", "SKJ7RT61SW"])
offered = st.sampled_from([None, AMOUNT, AMOUNT + 1, Decimal("2500.50"), Decimal(1)])


@st.composite
def evidences(draw: st.DrawFn) -> Evidence:
    return Evidence(
        claims=draw(statuses),
        source=draw(st.sampled_from(Source)),
        at=NOW,
        amount=draw(offered),
        receipt=draw(receipts),
    )


@st.composite
def knowledge(draw: st.DrawFn) -> Known:
    status = draw(statuses)
    receipt = draw(receipts) if status in MONEY else None
    return Known(status, AMOUNT, receipt, draw(st.sampled_from(Source)))


in_two_orders = st.lists(evidences(), max_size=6).flatmap(
    lambda found: st.tuples(st.just(found), st.permutations(found))
)


def after(known: Known, evidence: list[Evidence]) -> Known:
    for piece in evidence:
        known = decide(known, piece).known
    return known


def money(amount: Decimal | None = AMOUNT, receipt: str | None = "SKJ7RT61SV") -> Evidence:
    return Evidence(PaymentStatus.COMPLETED, Source.CALLBACK, NOW, amount, receipt)


def test_the_words_are_the_contracts() -> None:
    assert [status.value for status in PaymentStatus] == WORDS.split()


def test_every_status_has_a_rank_of_its_own_and_one_class() -> None:
    assert set(RANK) == set(PaymentStatus)
    assert len(set(RANK.values())) == len(RANK)
    assert set(PaymentStatus) == LIVE | FAILURES | MONEY
    assert len(PaymentStatus) == len(LIVE) + len(FAILURES) + len(MONEY)


def test_live_ranks_below_failure_and_failure_below_money() -> None:
    tops = [max(RANK[status] for status in group) for group in (LIVE, FAILURES)]
    bottoms = [min(RANK[status] for status in group) for group in (FAILURES, MONEY)]
    assert tops[0] < bottoms[0]
    assert tops[1] < bottoms[1]


def test_decide_answers_every_status_with_every_kind_of_evidence() -> None:
    amounts, papers = (None, AMOUNT, AMOUNT + 1), (None, "SKJ7RT61SV", "OTHER00001")
    for status, claims, source, amount, receipt, held in product(
        PaymentStatus, PaymentStatus, Source, amounts, papers, papers
    ):
        known = Known(status, AMOUNT, held)
        decision = decide(known, Evidence(claims, source, NOW, amount, receipt))
        assert isinstance(decision, Decision)
        assert decision.changed == (decision.known.status != status)


@given(knowledge(), evidences())
def test_the_status_never_goes_down(known: Known, evidence: Evidence) -> None:
    decision = decide(known, evidence)
    assert RANK[decision.known.status] >= RANK[known.status]
    assert decision.known.status in (known.status, evidence.claims)
    assert decision.known.amount == known.amount


@given(knowledge(), evidences())
def test_a_receipt_once_known_never_changes(known: Known, evidence: Evidence) -> None:
    decision = decide(known, evidence)
    if known.receipt is not None:
        assert decision.known.receipt == known.receipt


@given(knowledge(), evidences())
def test_the_same_evidence_again_changes_nothing(known: Known, evidence: Evidence) -> None:
    first = decide(known, evidence)
    again = decide(first.known, evidence)
    assert again.known == first.known
    assert not again.changed
    assert not again.receipt_added


@given(knowledge(), evidences())
def test_contradicting_evidence_leaves_the_record_alone(known: Known, evidence: Evidence) -> None:
    decision = decide(known, evidence)
    if decision.contradiction is not None:
        assert decision.known == known
        assert (decision.changed, decision.receipt_added) == (False, False)


@given(knowledge(), in_two_orders)
def test_the_end_status_does_not_depend_on_the_order(
    known: Known, orders: tuple[list[Evidence], list[Evidence]]
) -> None:
    one, other = orders
    assert after(known, one).status == after(known, other).status


@given(st.lists(evidences(), max_size=6), st.data())
def test_repeating_any_of_it_does_not_matter(evidence: list[Evidence], data: st.DataObject) -> None:
    known = Known(PaymentStatus.PENDING, AMOUNT)
    extra = data.draw(st.lists(st.sampled_from(evidence), max_size=6)) if evidence else []
    repeated = data.draw(st.permutations(evidence + extra))
    assert after(known, repeated).status == after(known, evidence).status


@given(statuses, st.sampled_from(Source), receipts, st.decimals(1, 10**8, places=2))
def test_money_with_another_amount_never_settles(
    status: PaymentStatus, source: Source, receipt: str | None, amount: Decimal
) -> None:
    known = Known(status, AMOUNT)
    evidence = Evidence(PaymentStatus.COMPLETED, source, NOW, amount, receipt)
    decision = decide(known, evidence)
    if amount == AMOUNT:
        assert decision.contradiction is None
    else:
        assert decision.known == known
        assert decision.contradiction is Contradiction.AMOUNT_MISMATCH


@given(st.text(max_size=12), statuses)
def test_only_result_code_0_can_make_a_payment_completed(code: str, status: PaymentStatus) -> None:
    evidence = Evidence(claimed_status(code), Source.CALLBACK, NOW, AMOUNT, "SKJ7RT61SV")
    became = decide(Known(status, AMOUNT), evidence).known.status
    if code.strip() != "0" and status not in MONEY:
        assert became not in MONEY


@pytest.mark.parametrize(
    ("codes", "status"),
    [
        ("0", "completed"),
        ("1031 1032", "cancelled"),
        ("1019 1036 1037", "expired"),
        ("1 2 3 4 8 17 26 1001 1025 2001 2028 8006 9999 SFC_IC0003", "failed"),
        ("777 00 -1 1032.5 SFC_IC9999 0x0 500.001.1001", "failed"),
        ("4999", "pending"),
    ],
)
def test_result_codes_claim_what_the_contract_says(codes: str, status: str) -> None:
    for code in codes.split():
        assert claimed_status(code) == status


@pytest.mark.parametrize("failure", sorted(FAILURES))
@pytest.mark.parametrize("source", list(Source))
def test_only_daraja_itself_can_deny_money_and_a_person_must_look(
    failure: PaymentStatus, source: Source
) -> None:
    paid = Known(PaymentStatus.COMPLETED, AMOUNT, "SKJ7RT61SV")
    decision = decide(paid, Evidence(failure, source, NOW))
    denied = source in (Source.CALLBACK, Source.QUERY)
    assert decision.contradiction is (Contradiction.SUCCESS_DENIED if denied else None)
    assert decision.known == paid


def test_a_late_receipt_is_added_without_a_change_of_status() -> None:
    paid = Known(PaymentStatus.COMPLETED, AMOUNT)
    decision = decide(paid, money())
    assert decision.receipt_added
    assert not decision.changed
    assert decision.known == replace(paid, receipt="SKJ7RT61SV")


def test_another_receipt_is_a_case_before_and_after_a_refund() -> None:
    paid = Known(PaymentStatus.COMPLETED, AMOUNT, "SKJ7RT61SV")
    other = money(receipt="OTHER00001")
    assert decide(paid, other).contradiction is Contradiction.SECOND_RECEIPT
    refunded = replace(paid, status=PaymentStatus.REFUNDED)
    assert decide(refunded, other).contradiction is Contradiction.SUCCESS_AFTER_REFUND


@pytest.mark.parametrize("failure", sorted(FAILURES))
def test_money_after_any_failure_is_money(failure: PaymentStatus) -> None:
    assert decide(Known(failure, AMOUNT), money()).known.status is PaymentStatus.COMPLETED


def test_a_receipt_that_comes_with_a_failure_does_not_stand_in_the_way_of_money() -> None:
    refused = Evidence(PaymentStatus.REJECTED, Source.DARAJA, NOW, receipt="SKJ7RT61SW")
    known = after(Known(PaymentStatus.CREATED, AMOUNT), [refused, money()])
    assert (known.status, known.receipt) == (PaymentStatus.COMPLETED, "SKJ7RT61SV")
