"""A shown receipt in the words of the gate. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from payment_app.domain.calendar import nairobi
from payment_app.services.receipts.checking import Verdict
from payment_app.services.receipts.gate import Shown
from payment_app.web.fact import Fact
from payment_app.web.staff.formats import money, short_moment
from payment_app.web.staff.gate.texts import FACTS, VERDICTS


@dataclass(frozen=True)
class GateView:
    """The result of one look; an empty `result` says that nothing was shown yet."""

    result: str = ""
    tone: str = "plain"
    headline: str = ""
    reason: str = ""
    facts: list[Fact] = field(default_factory=list)
    may_let_in: bool = False


def show_receipt_at_gate(shown: Shown, now: datetime, *, entered: bool = False) -> GateView:
    """What the gate says; `entered` = this very look let it in."""
    result = "entered" if entered else _result(shown)
    headline, reason, tone = VERDICTS[result]
    values = {
        "time": short_moment(shown.entered_at, now) if shown.entered_at else "",
        "who": shown.entered_by,
        "due": money(Decimal(shown.checked.due)),
    }
    return GateView(
        result=result,
        tone=tone,
        headline=headline.format(**values),
        reason=reason.format(**values),
        facts=_facts(shown),
        may_let_in=result in ("genuine", "part"),
    )


def _result(shown: Shown) -> str:
    checked = shown.checked
    if checked.verdict is Verdict.FORGED and not shown.is_code:
        return "no_code"
    if checked.verdict is not Verdict.GENUINE:
        return checked.verdict.value
    if shown.entered_at is not None:
        return "already"
    return "part" if checked.due else "genuine"


def _facts(shown: Shown) -> list[Fact]:
    facts = shown.checked.facts
    if facts is None:
        return []
    rows = [
        Fact(FACTS["booking"], facts.reference),
        Fact(FACTS["amount"], money(Decimal(facts.amount))),
        Fact(FACTS["receipt"], facts.receipt_number),
        Fact(FACTS["paid_at"], f"{nairobi(facts.paid_at):%-d %b %Y, %H:%M}"),
    ]
    if shown.checked.refunded:
        rows.append(Fact(FACTS["refunded"], money(Decimal(shown.checked.refunded))))
    return rows
