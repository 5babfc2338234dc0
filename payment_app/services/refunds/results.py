"""T5 of results and time-outs: what M-Pesa says about an operator's order becomes evidence.

The secret address says which order a body answers; the body must agree with it: another id or
another amount settles nothing. A time-out is no failure and neither is a code that we do not know:
a question follows. A question's own result says only that it was understood; what it is about
stands in its parameters.
"""

from __future__ import annotations

import json
from datetime import datetime
from functools import partial

import structlog
from sqlalchemy import bindparam, select

from payment_app.daraja import (
    MalformedCallback,
    OrderKind,
    OrderResult,
    order_code,
    parse_result,
    read_accounts,
)
from payment_app.domain.cases import CaseKind
from payment_app.domain.lifecycle import Source
from payment_app.domain.refunds import UNDER_WAY, Evidence, RefundStatus, Way
from payment_app.services.payments import cases
from payment_app.services.payments.events import Happening
from payment_app.services.refunds.books import REFUNDS_TOPIC, Books, lock_refund, weigh
from payment_app.services.refunds.orders import TIMEOUT
from payment_app.services.shared.keys import seals
from payment_app.storage.dialect import table_of
from payment_app.storage.refund_tables import OperatorOrder
from payment_app.storage.rows import Rows
from payment_app.storage.tables import CallbackInbox
from payment_app.storage.transaction import after_commit, hint_after_commit

log = structlog.get_logger("payment_app.refunds")

STATUS, BALANCE = "transaction_status", "account_balance"
_AMOUNTS = ("transactionamount", "amount")
_RECEIPTS = ("transactionreceipt", "receiptno")
_NOT_THERE = ("does not exist", "not found", "no such", "not exist")
_ENDED_WELL = ("completed",)
_ENDED_BADLY = ("declined", "cancelled", "canceled", "expired", "failed")


_BY_ID = select(table_of(OperatorOrder)).where(
    table_of(OperatorOrder).c.order_id == bindparam("id")
)


def kind_of(name: str, order_id: int) -> str:
    """How an inbox row names what it answers, such as `result:17`."""
    return f"{name}:{order_id}"


def weigh_answer(rows: Rows, row: CallbackInbox, now: datetime) -> str:
    """Weigh one stored answer in the caller's transaction; one word on what it did."""
    name, _, number = row.kind.partition(":")
    found = rows.read(OperatorOrder, _BY_ID, {"id": int(number)}) if number.isdigit() else []
    if not found:
        return "no such order"
    (order,) = found
    if name == TIMEOUT:
        return _timed_out(rows, order, now)
    try:
        result = parse_result(row.body)
    except MalformedCallback as error:
        said = {"order_id": order.order_id, "reason": str(error)}
        after_commit(rows, partial(log.warning, "result_malformed", **said))
        return _ask(rows, order, now, "not a result")
    if result.pending:
        return _ask(rows, order, now, "no_change")
    if not _ids_agree(rows, order, result):
        return _doubt(rows, order, result, now)
    _note(order, result, now)
    hint_after_commit(rows, REFUNDS_TOPIC)
    if order.kind == BALANCE:
        return "balance"
    books = lock_refund(rows, order.refund_id) if order.refund_id else None
    if books is None:
        return "no refund"
    if order.kind == STATUS:
        return _answered(rows, books, result, now)
    return _ended(rows, books, result, now)


def _note(order: OperatorOrder, result: OrderResult, now: datetime) -> None:
    """Keep the first answer; of a balance only the sums."""
    if order.answered_at is not None:
        return
    order.answered_at = now
    order.result_code, order.result_desc = result.code[:40], result.desc
    if order.kind == BALANCE:
        sums = {account.name[:60]: str(account.available) for account in read_accounts(result)[:20]}
        order.facts = json.dumps(sums)


def _ids_agree(rows: Rows, order: OperatorOrder, result: OrderResult) -> bool:
    """A payout's result carries our own id, a reversal's the one that M-Pesa told us first."""
    if order.refund_id is None or order.kind == STATUS:
        return True
    books = lock_refund(rows, order.refund_id)
    theirs = result.originator_conversation_id
    if books is None or theirs is None:
        return books is not None
    refund = books.refund
    if refund.originator_conversation_id is None:
        refund.originator_conversation_id = theirs  # it came before the order was answered
        seals.renew(rows, seals.REFUND, refund)
        return True
    # A reversal that was sent again has another id of M-Pesa's; its receipt guards it.
    return theirs == refund.originator_conversation_id or (
        refund.way == Way.REVERSAL and refund.sendings > 1
    )


def _doubt(rows: Rows, order: OperatorOrder, result: OrderResult, now: datetime) -> str:
    """Ids of another order under this one's address: a case, and a question."""
    books = lock_refund(rows, order.refund_id) if order.refund_id else None
    if books is not None:
        facts = {
            "source": Source.RESULT.value,
            "refund": str(order.refund_id),
            "originator_conversation_id": result.originator_conversation_id,
            "conversation_id": result.conversation_id,
            "result_code": result.code,
            "receipt": result.receipt,
        }
        cases.open_case(rows, books.payment, CaseKind.ID_MISMATCH, facts, at=now)
    return _ask(rows, order, now, "id_mismatch")


def _timed_out(rows: Rows, order: OperatorOrder, now: datetime) -> str:
    said = {"order_id": order.order_id, "kind": order.kind}
    after_commit(rows, partial(log.warning, "order_timed_out", **said))
    return _ask(rows, order, now, "timed_out")


def _ask(rows: Rows, order: OperatorOrder, now: datetime, word: str) -> str:
    """Nothing settles; a question follows at once, except about a question."""
    books = lock_refund(rows, order.refund_id) if order.refund_id else None
    if books is not None and order.kind != STATUS and books.refund.status in UNDER_WAY:
        books.refund.next_check_at = now
        weigh(rows, books, Evidence(RefundStatus.SENT, now), _unclear(word))
    return word


def _ended(rows: Rows, books: Books, result: OrderResult, now: datetime) -> str:
    """The order's own result."""
    row = order_code(result.code)
    known_payout = row.kind is OrderKind.ALREADY and books.refund.way == Way.PAYOUT
    if row.kind is OrderKind.UNCLEAR or known_payout:
        return _find_out(books, now, "refund_unclear")
    back = row.kind in (OrderKind.DONE, OrderKind.ALREADY)
    if back and books.refund.status == RefundStatus.FAILED:
        books.refund.next_check_at = now  # one of the two is wrong: M-Pesa says which when asked
        return "refund_doubted"
    evidence = Evidence(
        claims=RefundStatus.DONE if back else RefundStatus.FAILED,
        at=now,
        amount=result.amount(*_AMOUNTS) if result.good else None,
        receipt=_receipt(result) if result.good else None,
        code=result.code,
        desc=result.desc,
    )
    if result.good and evidence.amount is None and evidence.receipt is None:
        return _find_out(books, now, "refund_unproved")  # neither how much nor its number
    return _word(weigh(rows, books, evidence, _told("refund_result", result)))


def _find_out(books: Books, now: datetime, word: str) -> str:
    """Nothing settles; a question follows at once while it is open how the refund ended."""
    if books.refund.status in UNDER_WAY:
        books.refund.next_check_at = now
    return word


def _answered(rows: Rows, books: Books, result: OrderResult, now: datetime) -> str:
    """What the answer to a question says about the order."""
    if not result.good:
        if any(words in result.desc.lower() for words in _NOT_THERE):
            return _unknown_there(books)
        return "no answer"
    if books.refund.status == RefundStatus.FAILED:
        books.refund.next_check_at = None  # it was asked because of a contradiction, and answered
    said = result.text("transactionstatus").lower()
    paid_under = (books.payment.mpesa_receipt_number or "").upper()
    about_payment = paid_under != "" and result.text("receiptno").upper() == paid_under
    if said.startswith("revers"):
        evidence = Evidence(RefundStatus.DONE, now, code=result.code, desc="Reversed")
    elif about_payment:
        return _unknown_there(books)  # the payment stands as it was: no reversal of it
    elif said in _ENDED_WELL:
        amount, receipt = result.amount(*_AMOUNTS), _receipt(result)
        evidence = Evidence(RefundStatus.DONE, now, amount, receipt, result.code, result.desc)
    elif said in _ENDED_BADLY:
        evidence = Evidence(RefundStatus.FAILED, now, code=said, desc=f"M-Pesa says: {said}.")
    else:
        return "no_change"
    return _word(weigh(rows, books, evidence, _told("refund_status", result, said)))


def _unknown_there(books: Books) -> str:
    """M-Pesa does not know the order (yet): once says nothing, see `questions`."""
    if books.refund.status in UNDER_WAY:
        books.refund.not_found += 1
    return "not_found"


def _word(status: RefundStatus) -> str:
    """Never a payment's status word: those say that a callback moved its payment."""
    return f"refund_{status}"


def _receipt(result: OrderResult) -> str | None:
    told = result.text(*_RECEIPTS).upper()
    return (told or result.receipt or "")[:100] or None


def _told(kind: str, result: OrderResult, said: str = "") -> Happening:
    words = f"{said.capitalize()}. " if said else ""
    return Happening(kind, "daraja", Source.RESULT, f"{words}{result.code} {result.desc}".strip())


def _unclear(word: str) -> Happening:
    return Happening("refund_unclear", "daraja", Source.RESULT, f"{word}: M-Pesa is asked.")
