"""Carries out operators' orders: money goes back once, and questions are answered with the truth.

An order waits in a queue for a moment, as the real one does; what it finds when its turn comes is
what counts, so that the second of two equal reversals finds the first one done.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from payment_app.simulator.background import Background
from payment_app.simulator.mpesa import order_results
from payment_app.simulator.mpesa.accounts import AccountBook
from payment_app.simulator.mpesa.exchange import Exchange
from payment_app.simulator.mpesa.handsets import Handset
from payment_app.simulator.mpesa.ledger import Entry, Return
from payment_app.simulator.mpesa.operators import OperatorBook
from payment_app.simulator.mpesa.orders import (
    BALANCE,
    MOVES_MONEY,
    PAYOUT,
    REVERSAL,
    Order,
    OrderBook,
)
from payment_app.simulator.mpesa.wire import Mint, dotted_stamp, sms_date, stamp
from payment_app.simulator.settings import Clock, SimulatorConfig, Sleep

MOST_HELD = 500_000
"""Shillings that a customer's account may hold."""


class Treasury:
    """The other half of M-Pesa: what operators order.

    Args:
        finished: told each order that has just ended; brings its result on its way.
    """

    def __init__(
        self,
        config: SimulatorConfig,
        exchange: Exchange,
        *,
        clock: Clock,
        sleep: Sleep,
        mint: Mint,
        finished: Callable[[Order], None],
        changed: Callable[[], None],
    ) -> None:
        self._config, self._exchange = config, exchange
        self._clock, self._sleep, self._mint = clock, sleep, mint
        self._finished, self._changed = finished, changed
        self.operators = OperatorBook()
        self.orders = OrderBook()
        self.work = Background()
        self.next_result: str | None = None

    @property
    def accounts(self) -> AccountBook:
        """What each business holds."""
        return self._exchange.accounts

    def open(self, order: Order) -> None:
        """Takes an order in: it is carried out when its turn comes."""
        self.orders.open(order)

    def queue(self, order: Order) -> None:
        """Carries an order out in a moment and brings its result on its way."""
        self.work.spawn(self._in_turn(order))

    async def _in_turn(self, order: Order) -> None:
        await self._sleep(self._config.order_seconds)
        if self.carry_out(order):
            self._finished(order)

    def carry_out(self, order: Order) -> bool:
        """Does now what was ordered; False if the order got lost in the queue."""
        forced = self._forced(order)
        if forced == order_results.DROPPED:
            return False
        order.finished_at = self._clock()
        order.result = order.verdict or forced or self._done(order)
        self._changed()
        return True

    def reset(self) -> None:
        """Forgets orders and operators."""
        self.work.cancel_all()
        self.orders.clear()
        self.operators.clear()
        self.next_result = None

    def _forced(self, order: Order) -> str | None:
        """What a tester set for the next order that moves money."""
        if order.kind not in MOVES_MONEY or order.verdict:
            return None
        forced, self.next_result = self.next_result, None
        return forced if forced != order_results.DONE else None

    def _done(self, order: Order) -> str:
        """Carries out a rightful order; its result code."""
        if order.kind == REVERSAL:
            return self._reverse(order)
        if order.kind == PAYOUT:
            return self._pay_out(order)
        return self._balance(order) if order.kind == BALANCE else self._status(order)

    # -- money back ------------------------------------------------------------------------

    def _reverse(self, order: Order) -> str:
        ledger = self._exchange.ledger
        payment = ledger.payment(order.about)
        if payment is None or payment.shortcode != order.shortcode:
            return order_results.NO_ORIGINAL
        if ledger.reversal_of(order.about):
            return order_results.ALREADY_REVERSED
        if order.amount != payment.amount:
            return order_results.NO_ORIGINAL  # nothing shows that a part can be reversed
        till = payment.party_b != payment.shortcode
        if not self.accounts.of(order.shortcode).take_back(payment.amount, till=till):
            return order_results.NO_MONEY
        order.msisdn = payment.msisdn
        self._give(order, payment.receipt)
        order.parameters = self._reversal_facts(order, payment)
        return order_results.DONE

    def _pay_out(self, order: Order) -> str:
        accounts = self.accounts.of(order.shortcode)
        handset = self._exchange.handsets.use(order.msisdn)
        if not accounts.pays_out:
            return order_results.NO_PRODUCT
        if handset.balance + order.amount > max(MOST_HELD, handset.balance):
            return order_results.OVER_BALANCE
        if not accounts.take_back(order.amount, till=False):
            return order_results.NO_MONEY
        self._give(order, "")
        order.parameters = self._payout_facts(order)
        return order_results.DONE

    def _give(self, order: Order, original: str) -> None:
        """Moves the money: ledger first, then the customer's purse and message."""
        now = self._clock()
        order.receipt = self._mint.receipt(now)
        self.orders.note_receipt(order)
        self._exchange.ledger.give_back(
            Return(
                at=now,
                receipt=order.receipt,
                kind=order.kind,
                original=original,
                originator_conversation_id=order.originator_conversation_id,
                msisdn=order.msisdn,
                shortcode=order.shortcode,
                amount=order.amount,
            )
        )
        handset = self._exchange.handsets.use(order.msisdn)
        handset.balance += order.amount
        handset.receive(self._message(order, original, handset, now), now)

    def _message(self, order: Order, original: str, handset: Handset, now: datetime) -> str:
        money, left = f"Ksh{order.amount:,}.00", f"Ksh{handset.balance:,}.00"
        if order.kind == REVERSAL:
            return (
                f"{order.receipt} Confirmed. Reversal of transaction {original} has been "
                f"successfully reversed on {sms_date(now)} and {money} is credited to your "
                f"M-PESA account. New M-PESA account balance is {left}."
            )
        return (
            f"{order.receipt} Confirmed. You have received {money} from "
            f"{self._exchange.business_name(order.shortcode)} on {sms_date(now)}. "
            f"New M-PESA balance is {left}."
        )

    # -- what results say ------------------------------------------------------------------

    def _reversal_facts(self, order: Order, payment: Entry) -> list[tuple[str, object]]:
        held = self.accounts.of(order.shortcode)
        name = self._exchange.business_name(order.shortcode)
        return [
            ("DebitAccountBalance", f"Utility Account|KES|{held.utility}.00|{held.utility}.00"),
            ("Amount", f"@shillings:{order.amount}"),
            ("TransCompletedTime", int(stamp(self._clock()))),
            ("OriginalTransactionID", payment.receipt),
            ("Charge", 0),
            ("CreditPartyPublicName", f"{payment.msisdn} - Customer"),
            ("DebitPartyPublicName", f"{order.shortcode} - {name}"),
        ]

    def _payout_facts(self, order: Order) -> list[tuple[str, object]]:
        held = self.accounts.of(order.shortcode)
        return [
            ("TransactionAmount", order.amount),
            ("TransactionReceipt", order.receipt),
            ("ReceiverPartyPublicName", f"{order.msisdn} - Customer"),
            ("TransactionCompletedDateTime", dotted_stamp(self._clock())),
            ("B2CUtilityAccountAvailableFunds", f"@shillings:{held.utility}"),
            ("B2CWorkingAccountAvailableFunds", f"@shillings:{held.working}"),
            ("B2CRecipientIsRegisteredCustomer", "Y"),
            ("B2CChargesPaidAccountAvailableFunds", f"@shillings:{held.charges}"),
        ]

    def _balance(self, order: Order) -> str:
        order.parameters = [
            ("ActionType", "CheckBalance"),
            ("AccountBalance", self.accounts.of(order.shortcode).as_text()),
            ("BOCompletedTime", int(stamp(self._clock()))),
        ]
        return order_results.DONE

    def _status(self, order: Order) -> str:
        """The truth about a payment (by receipt) or an order (by receipt or its own id)."""
        payment = self._exchange.ledger.payment(order.about)
        if payment is not None:
            order.receipt = payment.receipt
            order.parameters = self._payment_status(payment)
            return order_results.DONE
        asked = self.orders.find(order.about)
        if asked is None or asked.kind not in MOVES_MONEY:
            return order_results.NOT_FOUND
        order.receipt = asked.receipt
        order.parameters = self._order_status(asked)
        return order_results.DONE

    def _payment_status(self, payment: Entry) -> list[tuple[str, object]]:
        back = self._exchange.ledger.reversal_of(payment.receipt)
        return [
            ("DebitPartyName", f"{payment.msisdn} - Customer"),
            ("DebitPartyName", payment.shortcode),
            ("TransactionStatus", "Reversed" if back else "Completed"),
            ("Amount", payment.amount),
            ("ReceiptNo", payment.receipt),
            ("FinalisedTime", int(stamp(payment.at))),
            ("ReasonType", "Pay Bill Online"),
            ("TransactionReason", None),
        ]

    def _order_status(self, asked: Order) -> list[tuple[str, object]]:
        said = {None: "Initiated", order_results.DONE: "Completed"}.get(asked.result, "Declined")
        facts: list[tuple[str, object]] = [
            ("DebitPartyName", asked.shortcode),
            ("DebitPartyName", f"{asked.msisdn} - Customer"),
            ("TransactionStatus", said),
            ("Amount", asked.amount),
            ("OriginatorConversationID", asked.originator_conversation_id),
            ("ConversationID", asked.conversation_id),
            ("TransactionReason", None),
        ]
        return [*facts, ("ReceiptNo", asked.receipt)] if asked.receipt else facts
