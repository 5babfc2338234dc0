"""What a Daraja result code claims about a payment."""

from __future__ import annotations

from payment_app.daraja import ResultKind, result_code
from payment_app.domain.lifecycle import PaymentStatus

_CLAIMS = {
    ResultKind.PAID: PaymentStatus.COMPLETED,
    ResultKind.CANCELLED: PaymentStatus.CANCELLED,
    ResultKind.EXPIRED: PaymentStatus.EXPIRED,
    ResultKind.FAILED: PaymentStatus.FAILED,
    ResultKind.PROCESSING: PaymentStatus.PENDING,
}


def claimed_status(code: str) -> PaymentStatus:
    """The status that a result code speaks for, by the contract's "Result code → status".

    Whether there is a result at all is to be asked first (`daraja.still_processing`).
    """
    return _CLAIMS[result_code(code).kind]


def needs_another_look(code: str) -> bool:
    """A code that nobody has documented: believed as a failure, and still checked by query."""
    return not result_code(code).known
