"""What a comparison says, in sentences that the command and the page share."""

from __future__ import annotations

from decimal import Decimal

from payment_app.domain.calendar import nairobi
from payment_app.domain.movements import Movement
from payment_app.services.books.comparison import Comparison, Difference, Finding, Ours


def summary_of(found: Comparison) -> str:
    """One sentence: how many agree, how many differ, in which period."""
    period = found.statement.period
    days = f"{nairobi(period.first):%d %b %Y %H:%M} to {nairobi(period.last):%d %b %Y %H:%M}"
    agree = "1 payment agrees" if found.agreeing == 1 else f"{found.agreeing:,} payments agree"
    if not found.findings:
        return f"The books match M-Pesa's: {agree}, {days}."
    number = len(found.findings)
    return f"{agree} and {number:,} {'differs' if number == 1 else 'differ'}, {days}."


def sentence_of(finding: Finding) -> str:
    """What differs, with both sides."""
    theirs, ours = finding.theirs, finding.ours
    if theirs is None:
        return _ONLY_OURS[finding.difference].format(ours=ours, when=_when(ours))
    if ours is None:
        return f"{_line(theirs)}, but no payment here has that receipt. {_hint(finding)}"
    return f"{_line(theirs)}; {_DIFFER[finding.difference].format(ours=ours)}"


_DIFFER = {
    Difference.NOT_PAID_HERE: "payment {ours.payment_id} here has that receipt and is "
    "“{ours.status}”. Look at its history: the money has arrived.",
    Difference.OTHER_AMOUNT: "payment {ours.payment_id} here says KSh {ours.amount:,.0f}.",
    Difference.OTHER_BOOKING: "payment {ours.payment_id} here belongs to booking {ours.reference}.",
}
_ONLY_OURS = {
    Difference.NO_RECEIPT: "Payment {ours.payment_id} (booking {ours.reference}, KSh "
    "{ours.amount:,.0f}, paid {when}) has no receipt number yet.",
    Difference.NOT_ON_STATEMENT: "Payment {ours.payment_id} (booking {ours.reference}, KSh "
    "{ours.amount:,.0f}, receipt {ours.receipt}, paid {when}) is not on the statement.",
}


def _line(theirs: Movement) -> str:
    account = f" for account {theirs.account}" if theirs.account else ""
    at = f"{nairobi(theirs.at):%d %b %Y %H:%M}"
    money = f"M-Pesa received KSh {_money(theirs.amount)} at {at}{account}"
    return f"{theirs.receipt} (line {theirs.line}): {money}"


def _money(amount: Decimal) -> str:
    """Shillings, with cents only where there are some."""
    return f"{amount:,.2f}".removesuffix(".00")


def _hint(finding: Finding) -> str:
    if finding.booking:
        return f"Its account number is that of booking {finding.booking}."
    return "Its account number is no booking's."


def _when(ours: Ours | None) -> str:
    at = ours.paid_at if ours else None
    return f"{nairobi(at):%d %b %Y %H:%M}" if at else "at an unknown time"
