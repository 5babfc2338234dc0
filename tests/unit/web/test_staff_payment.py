"""One payment's page in words: the banner, the three lines of an error, the timeline."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from payment_app.domain.cases import WORDS, CaseKind
from payment_app.domain.lifecycle import PaymentStatus
from payment_app.domain.sight import EVERYTHING
from payment_app.services.console.payment_detail import Payload, Story
from payment_app.storage.staff_tables import PaymentNote
from payment_app.storage.tables import Booking, Payment, PaymentCase, PaymentEvent, UserAccount
from payment_app.web.staff.formats import age, money, short_moment
from payment_app.web.staff.payment.story import show_timeline
from payment_app.web.staff.payment.view import show_detail, show_payloads
from payment_app.web.staff.texts import STATUSES

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


def story(status: str = "pending", *, minutes: float = 1, **more: Any) -> Story:
    """A payment of one minute ago."""
    facts: dict[str, Any] = {
        "payment_id": 12,
        "booking_id": 7,
        "user_id": 3,
        "amount": Decimal(2_500),
        "status": status,
        "phone_number": "254712345678",
        "checkout_request_id": "ws_CO_1",
        "created_at": NOW - timedelta(minutes=minutes),
        "submitted_at": NOW - timedelta(minutes=minutes),
    }
    payment = Payment(**facts | more)
    booking = Booking(
        booking_id=7,
        user_id=3,
        reference="BK7F2QX9",
        title="Storage unit B12",
        amount=Decimal(2_500),
        pay_token="t" * 43,
        created_at=NOW,
        updated_at=NOW,
    )
    customer = UserAccount(user_id=3, name="Wanjiku Kamau", phone_number="254712345678")
    return Story(payment, booking, customer, [payment], [], [], [], [], NOW)


def event(kind: str, seconds: float, **more: Any) -> PaymentEvent:
    facts = {"actor": "system", "source": "checkout", "detail": "", "hash": "", "previous_hash": ""}
    at = NOW + timedelta(seconds=seconds)
    return PaymentEvent(**facts | {"payment_id": 12, "kind": kind, "at": at} | more)


def case(kind: CaseKind, state: str = "open") -> PaymentCase:
    return PaymentCase(
        kind=kind.value, state=state, booking_id=7, evidence="{}", dedupe=kind.value, opened_at=NOW
    )


def test_every_status_has_a_word_of_its_own_and_none_is_just_pending() -> None:
    assert set(STATUSES) == set(PaymentStatus)
    assert "pending" not in {word.lower() for word, _ in STATUSES.values()}


@pytest.mark.parametrize("status", PaymentStatus)
def test_every_status_can_be_shown(status: PaymentStatus) -> None:
    detail = show_detail(story(status.value), "http://localhost:3000", EVERYTHING)
    assert detail.word == STATUSES[status.value][0]
    assert detail.amount == "KSh 2,500"
    assert detail.phone == "0712 •••678"
    assert "254712345678" not in repr(detail)


def test_a_prompt_of_a_minute_needs_nobody_and_one_of_three_needs_a_question() -> None:
    assert "has not answered yet" in show_detail(story(), "", EVERYTHING).why
    late = show_detail(story(minutes=3), "", EVERYTHING)
    assert late.why == "No answer from M-Pesa for 3 min."
    assert late.what_now.startswith("Check with Safaricom")


def test_an_open_case_comes_before_everything_else() -> None:
    with_case = replace(story("completed"), cases=[case(CaseKind.OVERPAID)])
    assert show_detail(with_case, "", EVERYTHING).why == WORDS[CaseKind.OVERPAID]
    resolved = replace(story("completed"), cases=[case(CaseKind.OVERPAID, "resolved")])
    assert WORDS[CaseKind.OVERPAID] not in show_detail(resolved, "", EVERYTHING).why


def test_an_error_has_three_lines_and_safaricoms_own_words_first() -> None:
    failed = story("failed", result_code="1", result_desc="The balance is insufficient")
    detail = show_detail(failed, "", EVERYTHING)
    assert detail.said == "1 The balance is insufficient"
    assert detail.means == "Not enough money in the customer's M-PESA account."
    assert detail.do_now
    assert show_detail(story("completed", result_code="0"), "", EVERYTHING).said == ""


def test_a_new_prompt_is_offered_only_when_none_is_live_and_money_is_due() -> None:
    assert show_detail(story("failed"), "", EVERYTHING).can_send
    assert not show_detail(story("pending"), "", EVERYTHING).can_send
    paid = story("completed")
    paid.booking.status = "paid"
    assert not show_detail(paid, "", EVERYTHING).can_send
    gone = story("failed")
    gone.booking.expires_at = NOW - timedelta(minutes=1)
    assert not show_detail(gone, "", EVERYTHING).can_send


def test_the_timeline_is_newest_first_with_gaps() -> None:
    lines = show_timeline(
        [
            event("created", 0, actor="customer"),
            event("push_accepted", 2, from_status="submitting", to_status="pending"),
            event("callback_result", 16, source="callback", detail="1032 Cancelled"),
            event("case_opened", 17, detail="overpaid"),
            event("something_new", 18),
        ],
        "254712345678",
    )
    assert [line.gap for line in lines] == ["+1 s", "+1 s", "+14 s", "+2 s", ""]
    assert lines[-1].who == "Payer"
    assert lines[-2].change == "Being sent → Waiting for PIN"
    assert lines[1].detail == WORDS[CaseKind.OVERPAID]
    assert lines[0].words == "Something new"


def test_the_timeline_reads_like_a_story() -> None:
    lines = show_timeline(
        [
            event("submitting", 0, from_status="created", to_status="submitting"),
            event(
                "push_accepted",
                1,
                actor="daraja",
                source="daraja",
                from_status="submitting",
                to_status="pending",
            ),
            *(
                event("query_result", 20 * n, source="query", actor="daraja", detail="4999 Busy")
                for n in (1, 2, 3)
            ),
            event(
                "callback_result",
                90,
                actor="daraja",
                source="callback",
                from_status="pending",
                to_status="completed",
            ),
            event("query_confirmed", 86_400, actor="daraja", source="query"),
        ],
        "254712345678",
    )
    confirmed, paid, asked, accepted, sent = lines
    assert (sent.change, sent.who) == ("", "This app"), "not: Being sent → Being sent"
    assert accepted.who == "M-Pesa", "not: M-Pesa M-Pesa"
    assert (asked.repeats, asked.at) == ("3 times since 12:00:20", "12:01:00")
    assert (paid.words, paid.change) == ("Paid: Callback from M-Pesa", "")
    assert (paid.sign, paid.tone, paid.who) == ("good", "good", "M-Pesa · callback")
    assert [line.tone for line in lines].count("good") == 1
    assert (paid.at, confirmed.at) == ("12:01:30", "25 Nov 2026, 12:00:00")


def test_the_loud_button_is_what_the_page_says_to_do() -> None:
    def loud(of: Story) -> str:
        return show_detail(of, "", EVERYTHING).loud

    assert [loud(story(minutes=minutes)) for minutes in (1, 3)] == ["", "check"]
    assert loud(story("unknown")) == "check"
    assert loud(story("cancelled", result_code="1032")) == "send"
    closed = story("cancelled", result_code="1032")
    closed.booking.status = "closed"
    assert loud(closed) == ""
    one = [event("callback_result", 1, source="callback", detail="0 Processed")]
    two = [*one, event("query_confirmed", 2, source="query", detail="0 Processed")]
    assert loud(replace(story("completed"), events=one)) == "check"
    assert loud(replace(story("completed"), events=two)) == ""
    flagged = replace(story("unknown"), cases=[case(CaseKind.OVERPAID)])
    assert loud(flagged) == "", "somebody reads the evidence first"


def test_each_witness_says_its_last_word_or_nothing_yet() -> None:
    events = [event("callback_result", 1, source="callback", detail="0 Processed")]
    witnesses = show_detail(replace(story("completed"), events=events), "", EVERYTHING).witnesses
    said = {witness.name: witness.said for witness in witnesses}
    assert said["Callback"] == "0 Processed"
    assert said["Query"] == "Nothing yet"


def test_notes_and_payloads() -> None:
    note = PaymentNote(payment_id=12, at=NOW, author="a@example.com", text="Called her")
    detail = show_detail(replace(story(), notes=[note]), "", EVERYTHING)
    assert (detail.notes[0].author, detail.notes[0].text) == ("a@example.com", "Called her")
    (raw,) = show_payloads([Payload(NOW, 3, "applied", "")])
    assert raw.said == "applied · came 3 times"
    assert "90 days" in raw.body


def test_ages_money_and_moments() -> None:
    ages = {5: "5 s", 59: "59 s", 60: "1 min", 3_599: "59 min", 7_200: "2 h", 172_800: "2 d"}
    assert {s: age(NOW - timedelta(seconds=s), NOW) for s in ages} == ages
    assert money(Decimal("2500.50")) == "KSh 2,500.50"
    assert short_moment(NOW, NOW) == "12:00"
    assert short_moment(NOW - timedelta(days=1), NOW) == "23 Nov, 12:00"
    assert short_moment(NOW - timedelta(days=400), NOW) == "20 Oct 2025"
