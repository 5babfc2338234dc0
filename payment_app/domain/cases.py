"""Cases: what the rules must not decide alone, and the small state machine of each."""

from __future__ import annotations

from enum import StrEnum


class CaseKind(StrEnum):
    """Why a person must look."""

    AMOUNT_MISMATCH = "amount_mismatch"
    ID_MISMATCH = "id_mismatch"
    SECOND_RECEIPT = "second_receipt"
    RECEIPT_USED_TWICE = "receipt_used_twice"
    SUCCESS_DENIED = "success_denied"
    SUCCESS_AFTER_REFUND = "success_after_refund"
    PAID_AFTER_CLOSE = "paid_after_close"
    OVERPAID = "overpaid"
    MISSING_RECEIPT = "missing_receipt"
    QUERY_REFUSED = "query_refused"
    REFUND_AMOUNT_MISMATCH = "refund_amount_mismatch"
    REFUND_SECOND_RECEIPT = "refund_second_receipt"
    REFUND_DENIED = "refund_denied"
    REFUND_TWICE = "refund_twice"
    INVARIANT_BROKEN = "invariant_broken"


class CaseState(StrEnum):
    """Where a case stands."""

    OPEN = "open"
    RESOLVED = "resolved"


WORDS: dict[CaseKind, str] = {
    CaseKind.AMOUNT_MISMATCH: "M-Pesa reports another amount than was asked for.",
    CaseKind.ID_MISMATCH: "A result came with ids that belong to another prompt.",
    CaseKind.SECOND_RECEIPT: "A second receipt number came for a payment that has one.",
    CaseKind.RECEIPT_USED_TWICE: "A receipt number came that another payment holds already.",
    CaseKind.SUCCESS_DENIED: "M-Pesa said paid, and later said not paid.",
    CaseKind.SUCCESS_AFTER_REFUND: "New money came for a payment that was refunded.",
    CaseKind.PAID_AFTER_CLOSE: "Money came for a booking that was closed or had expired.",
    CaseKind.OVERPAID: "More money came than the booking costs.",
    CaseKind.MISSING_RECEIPT: "M-Pesa said paid, but its receipt number never came.",
    CaseKind.QUERY_REFUSED: "No result came, and M-Pesa refuses to be asked for it.",
    CaseKind.REFUND_AMOUNT_MISMATCH: "M-Pesa reports another amount than was to go back.",
    CaseKind.REFUND_SECOND_RECEIPT: "A second receipt number came for a refund that has one.",
    CaseKind.REFUND_DENIED: "M-Pesa said that the money went back, and later that it did not.",
    CaseKind.REFUND_TWICE: "A refund that was reported as failed went through after another one.",
    CaseKind.INVARIANT_BROKEN: "Our own records disagree with each other.",
}
"""What each kind means, in one sentence for staff."""
