"""The gateway's desk for operators: takes orders of four kinds, or refuses them at once.

Whether the operator may is found out later, as in the real one: the order is taken, and its result
says 2001, 21 or 8006.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from starlette.responses import Response

from payment_app.simulator.gateway import answers, rules
from payment_app.simulator.gateway.courier import Courier
from payment_app.simulator.gateway.notices import Notice, notice_of, result
from payment_app.simulator.gateway.operator_rules import RULES, asked_about
from payment_app.simulator.mpesa.orders import PAYOUT, REVERSAL, STATUS, Order
from payment_app.simulator.mpesa.treasury import Treasury
from payment_app.simulator.mpesa.wire import Mint
from payment_app.simulator.settings import Clock


class OperatorDesk:
    """Takes operators' orders.

    Args:
        is_early: asked once for each order: whether its result comes before its answer.
    """

    def __init__(
        self,
        treasury: Treasury,
        courier: Courier,
        shortcodes: Mapping[str, object],
        *,
        clock: Clock,
        mint: Mint,
        is_early: Callable[[], bool],
    ) -> None:
        self._treasury, self._courier, self._shortcodes = treasury, courier, shortcodes
        self._clock, self._mint, self._is_early = clock, mint, is_early

    async def answer(self, kind: str, body: Mapping[str, Any]) -> Response:
        """Takes an order of `kind`; raises Refusal."""
        wrong = rules.first_bad_field(body, RULES[kind])
        if wrong is not None:
            raise answers.bad_field(wrong)
        order = self._read(kind, body)
        if order.shortcode not in self._shortcodes:
            raise answers.bad_field("ReceiverParty" if kind == REVERSAL else "PartyA")
        if kind == STATUS and not order.about:
            raise answers.bad_field("TransactionID")
        if order.originator_conversation_id in self._treasury.orders:
            raise answers.duplicate_order()
        await self._take(order)
        return answers.reply(200, answers.order_answer(order))

    async def _take(self, order: Order) -> None:
        self._treasury.open(order)
        if not self._is_early():
            self._treasury.queue(order)
        elif self._treasury.carry_out(order):
            early = result(notice_of(order), "before the order was answered")
            await self._courier.post_now(early, label(notice_of(order)))

    def _read(self, kind: str, body: Mapping[str, Any]) -> Order:
        own_id = str(body.get("OriginatorConversationID") or "") if kind == PAYOUT else ""
        name = str(body["InitiatorName" if kind == PAYOUT else "Initiator"])
        about = str(body["TransactionID"]) if kind == REVERSAL else asked_about(body)
        moves = kind in (REVERSAL, PAYOUT)
        return Order(
            kind=kind,
            shortcode=str(body["ReceiverParty" if kind == REVERSAL else "PartyA"]),
            originator_conversation_id=own_id or self._mint.request_id(),
            conversation_id=self._mint.conversation_id(self._clock()),
            result_url=body["ResultURL"],
            timeout_url=body["QueueTimeOutURL"],
            opened_at=self._clock(),
            request=dict(body),
            verdict=self._treasury.operators.verdict(name, body["SecurityCredential"], kind),
            amount=int(body["Amount"]) if moves else 0,
            msisdn=str(body["PartyB"]) if kind == PAYOUT else "",
            about=about if kind in (REVERSAL, STATUS) else "",
        )


def label(notice: Notice) -> tuple[str, str, int]:
    """Whose phone, which code and how much: for the log of what was posted."""
    return notice.msisdn, notice.code, notice.amount
