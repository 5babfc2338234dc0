"""What Daraja's answer to a push means for its payment, and for whoever asked."""

from __future__ import annotations

from typing import Protocol

from payment_app.daraja import (
    PushAccepted,
    PushNotSent,
    PushOutcome,
    PushRefused,
    RefusalKind,
)
from payment_app.domain.errors import RefusedByMpesa, Unavailable
from payment_app.domain.lifecycle import PaymentStatus, Source
from payment_app.services.payments.events import Happening

NOT_SENT = "not_sent"
"""`result_code` of a payment whose push never left: M-Pesa could not be reached."""


def read_answer(
    outcome: PushOutcome,
) -> tuple[PaymentStatus, Happening, str | None, str | None]:
    """The status that Daraja's answer speaks for, its event, its code, and its words if any.

    Only words of Daraja's own come back: a bare HTTP status or a firewall's page is not quoted.
    """
    if isinstance(outcome, PushAccepted):
        detail = f"CheckoutRequestID {outcome.checkout_request_id[:-9]}…"
        return PaymentStatus.PENDING, _daraja("push_accepted", detail), None, None
    if isinstance(outcome, PushRefused):
        detail = outcome.words or f"{outcome.code}, without any words of Daraja's"
        # The kind is what the page and the API choose their words by.
        kind, words = outcome.kind.value, outcome.words or None
        return PaymentStatus.REJECTED, _daraja("push_refused", detail), kind, words
    if isinstance(outcome, PushNotSent):
        return (
            PaymentStatus.REJECTED,
            _daraja("push_not_sent", outcome.reason),
            NOT_SENT,
            outcome.reason,
        )
    return PaymentStatus.UNKNOWN, _daraja("push_unknown", outcome.reason), None, outcome.reason


def _daraja(kind: str, detail: str) -> Happening:
    return Happening(kind, "daraja", Source.DARAJA, detail)


class Ended(Protocol):
    """What is asked of a payment that ended `rejected`."""

    @property
    def result_code(self) -> str | None: ...

    @property
    def result_desc(self) -> str | None: ...


def refusal_of(payment: Ended) -> RefusedByMpesa | Unavailable:
    """What to tell the caller of a payment that ended `rejected`."""
    if payment.result_code == NOT_SENT:
        return Unavailable(
            "mpesa_unavailable",
            "M-Pesa cannot be reached at the moment. No prompt was sent and no money moved; "
            "try again in a few minutes.",
        )
    if payment.result_code == RefusalKind.NOT_DARAJA:
        return RefusedByMpesa(
            "refused_by_mpesa",
            "The request did not reach M-Pesa: something on the way, such as a firewall, answered "
            "with a page of its own. No prompt was sent and no money moved.",
            reason=payment.result_code,
        )
    words = (payment.result_desc or "").rstrip(". ")
    said = f" M-Pesa said: {words}." if words else ""
    return RefusedByMpesa(
        "refused_by_mpesa",
        f"M-Pesa refused the request. No prompt was sent and no money moved.{said}",
        reason=payment.result_code or "rejected",
    )
