"""Each kind of refusal has its HTTP status, which the domain knows nothing of."""

from __future__ import annotations

import pytest

from payment_app.api.errors import STATUSES, status_of
from payment_app.domain.errors import (
    BadInput,
    Conflict,
    Forbidden,
    NotFound,
    Refusal,
    RefusedByMpesa,
    SignInNeeded,
    TooMany,
    Unavailable,
)


@pytest.mark.parametrize(
    ("refusal", "status"),
    [
        (Refusal("x", "x"), 400),
        (BadInput("invalid_phone_number", "x"), 422),
        (SignInNeeded("x", "x"), 401),
        (Forbidden("x", "x"), 403),
        (NotFound("x", "x"), 404),
        (Conflict("x", "x"), 409),
        (TooMany("x", "x", 1), 429),
        (RefusedByMpesa("x", "x"), 502),
        (Unavailable("x", "x"), 503),
    ],
    ids=lambda value: type(value).__name__,
)
def test_the_status_of_a_refusal(refusal: Refusal, status: int) -> None:
    assert status_of(refusal) == status


def test_no_kind_is_without_a_status() -> None:
    assert set(Refusal.__subclasses__()) <= set(STATUSES)


def test_a_kind_of_a_kind_answers_as_that() -> None:
    class Closed(Conflict):
        """A kind that the table does not name."""

    assert status_of(Closed("x", "x")) == STATUSES[Conflict]
