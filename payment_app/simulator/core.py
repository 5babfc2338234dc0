"""The simulator's state, and everything that a person or a test can do with it."""

from __future__ import annotations

import asyncio
from random import Random
from typing import Any

from starlette.types import ASGIApp

from payment_app.simulator.gateway.courier import Courier
from payment_app.simulator.gateway.notices import notice_of
from payment_app.simulator.gateway.operator_desk import OperatorDesk, label
from payment_app.simulator.gateway.rail import Rail
from payment_app.simulator.misbehaviour.faults import Fault, FaultBook
from payment_app.simulator.misbehaviour.faulty_rail import FaultyRail
from payment_app.simulator.misbehaviour.modes import NORMAL, CallbackRule, Chaos
from payment_app.simulator.misbehaviour.result_modes import ResultRule
from payment_app.simulator.misbehaviour.trouble import CallbackTrouble
from payment_app.simulator.mpesa import results
from payment_app.simulator.mpesa.exchange import Exchange
from payment_app.simulator.mpesa.handsets import Handset, good_balance, good_pin
from payment_app.simulator.mpesa.ledger import Ledger
from payment_app.simulator.mpesa.orders import Order
from payment_app.simulator.mpesa.prompts import Prompt
from payment_app.simulator.mpesa.treasury import Treasury
from payment_app.simulator.mpesa.wire import Mint
from payment_app.simulator.settings import Clock, Deliver, SimulatorConfig, Sleep, utc_now
from payment_app.simulator.watch import Watch


class SimulatorCore:
    """Daraja and its customers, without the pages.

    Args:
        config: see `SimulatorConfig`.
        clock: aware UTC time; a test's own makes every time on the wire repeatable.
        deliver: posts callbacks; see `Deliver`.
        sleep: waits; a test's own decides when timers fire.

    Attributes:
        rail_app: ASGI app with Daraja's paths at its root.

    Background tasks start lazily in the running event loop; `stop()` ends them all.
    Phones are named by their number, `254712345678`. Methods raise `SimulatorError` (a ValueError)
    for what cannot be done and its subclass `NoPrompt` when there is nothing to answer.
    """

    def __init__(
        self,
        config: SimulatorConfig,
        *,
        clock: Clock = utc_now,
        deliver: Deliver,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        random = Random(config.seed)  # noqa: S311 - repeatable by seed; it guards nothing real
        mint = Mint(random)
        self.clock = clock
        self.watch: Watch = Watch()
        self.faults: FaultBook = FaultBook()
        self.trouble: CallbackTrouble = CallbackTrouble(random, mint)
        self.courier: Courier = Courier(
            config,
            clock=clock,
            sleep=sleep,
            deliver=deliver,
            random=random,
            plan=self.trouble.plan,
            changed=self.watch.changed,
        )
        self.exchange: Exchange = Exchange(
            config,
            clock=clock,
            sleep=sleep,
            mint=mint,
            finished=self.courier.send,
            changed=self.watch.changed,
        )
        self.treasury: Treasury = Treasury(
            config,
            self.exchange,
            clock=clock,
            sleep=sleep,
            mint=mint,
            finished=self._tell_result,
            changed=self.watch.changed,
        )
        desk = OperatorDesk(
            self.treasury,
            self.courier,
            self.exchange.shortcodes,
            clock=clock,
            mint=mint,
            is_early=self.trouble.takes_early_result,
        )
        early = self.trouble.takes_early
        rail = Rail(
            config, self.exchange, self.courier, clock=clock, mint=mint, is_early=early, desk=desk
        )
        self.tokens = rail.tokens
        pause = self.watch.cut_short(sleep)
        self.rail_app: ASGIApp = FaultyRail(
            rail, self.exchange, self.faults, sleep=pause, mint=mint
        )

    # -- life ------------------------------------------------------------------------------

    async def start(self) -> None:
        """Takes background work (again); not needed before first use."""
        self.watch.open()
        self.exchange.work.open()
        self.treasury.work.open()
        self.courier.work.open()

    def hang_up(self) -> None:
        """Ends the answers that would not end by themselves: open feeds, silent and slow calls."""
        self.watch.close()

    async def stop(self) -> None:
        """Ends timers, callbacks on their way and open answers, and waits for the first two."""
        self.hang_up()
        await self.exchange.work.stop()
        await self.treasury.work.stop()
        await self.courier.work.stop()

    async def drain(self) -> None:
        """Waits until every order is carried out and every callback delivered, late ones too."""
        await self.treasury.work.drain()
        await self.courier.work.drain()

    def _tell_result(self, order: Order) -> None:
        """Plans the result of an order that has ended and posts it in the background."""
        notice = notice_of(order)
        self.courier.deliver(self.trouble.plan_result(notice), label(notice))

    # -- what happened ---------------------------------------------------------------------

    @property
    def ledger(self) -> Ledger:
        """The money that moved; misbehaviour never touches it."""
        return self.exchange.ledger

    def handset(self, msisdn: str) -> Handset:
        """The phone with that number, made if need be."""
        return self.exchange.handsets.use(msisdn)

    def live_prompt(self, msisdn: str) -> Prompt | None:
        """The push in process for that phone, shown or not."""
        handset = self.exchange.handsets.find(msisdn)
        return handset.prompt if handset else None

    # -- the customer ----------------------------------------------------------------------

    def enter_pin(self, msisdn: str, pin: str) -> str:
        """Types and sends a PIN; returns the result code."""
        return self.exchange.enter_pin(msisdn, pin)

    def cancel(self, msisdn: str) -> str:
        """Presses Cancel: 1032."""
        return self.exchange.answer(msisdn, results.CANCELLED)

    def ignore(self, msisdn: str) -> None:
        """Does not answer: the prompt lives out its time and ends with 1037."""
        self.exchange.touch(msisdn)

    def time_out(self, msisdn: str) -> str:
        """The prompt's time is over now: 1037."""
        return self.exchange.answer(msisdn, results.NO_ANSWER)

    def set_balance(self, msisdn: str, balance: int) -> None:
        """Fills or empties a purse, whole shillings."""
        self.handset(msisdn).balance = good_balance(balance)
        self.watch.changed()

    def set_pin(self, msisdn: str, pin: str) -> None:
        """Gives a phone another PIN of four digits."""
        self.handset(msisdn).pin = good_pin(pin)
        self.watch.changed()

    def unlock(self, msisdn: str) -> None:
        """Ends the lock after three wrong PINs."""
        self.handset(msisdn).unlock()
        self.watch.changed()

    def switch_off(self, msisdn: str) -> None:
        """Turns a phone off: pushes to it end with 1037."""
        self.exchange.switch(msisdn, on=False)

    def switch_on(self, msisdn: str) -> None:
        """Turns a phone on."""
        self.exchange.switch(msisdn, on=True)

    def set_auto_complete(self, seconds: float) -> None:
        """After how long untouched prompts pay by themselves; 0 = never."""
        self.exchange.set_auto_complete(seconds)

    # -- misbehaviour ----------------------------------------------------------------------

    def misbehave(self, mode: str, **how: Any) -> None:
        """The next callbacks go wrong; arguments as for `CallbackRule`, `normal` ends it."""
        self.trouble.rule = None if mode == NORMAL else CallbackRule(mode, **how)
        self.watch.changed()

    def fault(self, operation: str, kind: str, **how: Any) -> None:
        """The next calls go wrong; arguments as for `Fault`."""
        self.faults.set(Fault(operation, kind, **how))
        self.watch.changed()

    def set_chaos(self, chaos: Chaos | None) -> None:
        """Random trouble with callbacks, repeatable under a seed; None ends it."""
        self.trouble.chaos = chaos
        self.watch.changed()

    def misbehave_result(self, mode: str, **how: Any) -> None:
        """The next results of orders go wrong; as for `ResultRule`, `normal` ends it."""
        self.trouble.result_rule = None if mode == NORMAL else ResultRule(mode, **how)
        self.watch.changed()

    def force_order_result(self, code: str | None) -> None:
        """The next reversal or payout ends so without moving money; `dropped`: nothing follows."""
        self.treasury.next_result = code
        self.watch.changed()

    def force_result(self, code: str | None) -> None:
        """The next push ends with this code without asking the customer; None takes it back."""
        self.exchange.next_result = code
        self.watch.changed()

    def behave(self) -> None:
        """Ends all misbehaviour; phones and the ledger stay as they are."""
        self.trouble.behave()
        self.faults.clear()
        self.force_result(None)
        self.force_order_result(None)

    def reset(self) -> None:
        """Starts afresh: no phones, prompts, misbehaviour or ledger. Access tokens stay valid."""
        self.behave()
        self.courier.forget()
        self.exchange.reset()
        self.treasury.reset()
