"""M-Pesa behind the gateway: opens prompts, waits for customers, moves the money once.

Every prompt has one timer task. What it does next depends on the phone: a settled result, a
phone that is off, paying by itself, or living out its minute. Whatever changes those facts
re-arms the timer.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta

from payment_app.simulator.background import Background
from payment_app.simulator.mpesa import results
from payment_app.simulator.mpesa.accounts import AccountBook
from payment_app.simulator.mpesa.handsets import (
    Handset,
    HandsetBook,
    message_for,
    outcome_of_number,
)
from payment_app.simulator.mpesa.ledger import Entry, Ledger
from payment_app.simulator.mpesa.prompts import LONGEST_PROMPT, MOST_LIVE, Order, Prompt, PromptBook
from payment_app.simulator.mpesa.wire import Mint, local_spelling
from payment_app.simulator.settings import (
    Clock,
    NoPrompt,
    Shortcode,
    SimulatorConfig,
    SimulatorError,
    Sleep,
)

PAYS_BY_ITSELF = "pays by itself"
LONGEST_AUTO_COMPLETE = 24 * 3600.0


class Exchange:
    """The state of M-Pesa and its customers.

    Args:
        finished: told each prompt that has just ended; brings its callback on its way.
        changed: told whenever anything that a phone shows may have changed.
    """

    def __init__(
        self,
        config: SimulatorConfig,
        *,
        clock: Clock,
        sleep: Sleep,
        mint: Mint,
        finished: Callable[[Prompt], None],
        changed: Callable[[], None],
    ) -> None:
        self._config = config
        self._clock, self._sleep, self._mint = clock, sleep, mint
        self._finished, self._changed = finished, changed
        self._timers: dict[str, asyncio.Task[None]] = {}
        self.shortcodes: dict[str, Shortcode] = config.known_shortcodes()
        self.handsets = HandsetBook(config.opening_balance)
        self.prompts = PromptBook()
        self.ledger = Ledger()
        self.accounts = AccountBook(config.opening_utility)
        # Every live prompt has one timer, and a replaced one lives on for a moment.
        self.work = Background(2 * MOST_LIVE)
        self.auto_complete_seconds = config.auto_complete_seconds
        self.next_result: str | None = None
        self.last_checkout_id: str | None = None

    # -- pushes ----------------------------------------------------------------------------

    def is_locked(self, msisdn: str) -> bool:
        """Whether that subscriber has a transaction in process, so that no other can start."""
        handset = self.handsets.find(msisdn)
        return handset is not None and handset.prompt is not None

    def open_prompt(self, order: Order) -> Prompt:
        """Accepts a push: the prompt is on its way to the phone from here on."""
        now, handset = self._clock(), self.handsets.use(order.msisdn)
        business = self.shortcodes.get(order.party_b) or self.shortcodes[order.shortcode]
        forced, self.next_result = self.next_result, None
        prompt = Prompt(
            order=order,
            checkout_request_id=self._mint.checkout_id(
                now, order.msisdn, self.prompts.__contains__
            ),
            merchant_request_id=self._mint.request_id(),
            merchant_name=business.name,
            opened_at=now,
            due_at=now,
        )
        prompt.decided = forced or self._decided(prompt, handset, now)
        handset.prompt = prompt
        self.prompts.open(prompt)
        self.last_checkout_id = prompt.checkout_request_id
        self._arm(prompt)
        self._changed()
        return prompt

    def _decided(self, prompt: Prompt, handset: Handset, now: datetime) -> str | None:
        """The result that stands before the customer is asked; None if it is theirs to give."""
        order = prompt.order
        if outcome := outcome_of_number(order.msisdn):
            return outcome
        if fault := self._product_fault(order):
            return fault
        if len(prompt.text) > LONGEST_PROMPT:
            return results.PROMPT_TOO_LONG
        lately = handset.paid_lately(order.shortcode, order.amount, now)
        return results.SAME_AGAIN if lately else None

    def _product_fault(self, order: Order) -> str | None:
        """2028 for a known business of the wrong kind, SFC_IC0003 where none is found."""
        payee = self.shortcodes.get(order.party_b)
        if payee is None:
            return results.NO_SUCH_OPERATOR
        if order.buys_goods:
            return None if payee.kind == "till" else results.WRONG_PRODUCT
        if payee.kind == "till":
            return results.NO_SUCH_OPERATOR
        return None if order.party_b == order.shortcode else results.WRONG_PRODUCT

    def finish_now(self, prompt: Prompt) -> None:
        """Ends a prompt before its push is answered; whoever calls this sends the callback."""
        handset = self.handsets.use(prompt.order.msisdn)
        if prompt.decided is None and not handset.on:
            code = results.NO_ANSWER
        else:
            code = prompt.decided or handset.verdict(prompt.order.amount, self._clock())
        self._close(prompt, code)

    # -- what happens by itself ------------------------------------------------------------

    def _next_event(self, prompt: Prompt) -> tuple[str, datetime]:
        """What a live prompt will do if nobody does anything, and when."""
        handset = self.handsets.use(prompt.order.msisdn)
        if prompt.decided is not None:
            seconds = self._config.instant_result_seconds
            return prompt.decided, prompt.opened_at + timedelta(seconds=seconds)
        if not handset.on:
            seconds = self._config.unreachable_seconds
            return results.NO_ANSWER, self._clock() + timedelta(seconds=seconds)
        auto, life = self.auto_complete_seconds, self._config.prompt_seconds
        if not prompt.touched and 0 < auto < life:
            return PAYS_BY_ITSELF, prompt.opened_at + timedelta(seconds=auto)
        return results.NO_ANSWER, prompt.opened_at + timedelta(seconds=life)

    def _arm(self, prompt: Prompt) -> None:
        self._disarm(prompt)
        prompt.due, prompt.due_at = self._next_event(prompt)
        timer = self.work.spawn(self._run_timer(prompt, prompt.due, prompt.due_at))
        if timer is not None:
            self._timers[prompt.checkout_request_id] = timer

    def _disarm(self, prompt: Prompt) -> None:
        timer = self._timers.pop(prompt.checkout_request_id, None)
        if timer is not None and timer is not asyncio.current_task():
            timer.cancel()

    async def _run_timer(self, prompt: Prompt, event: str, at: datetime) -> None:
        await self._sleep(max(0.0, (at - self._clock()).total_seconds()))
        if not prompt.live:
            return
        if event == PAYS_BY_ITSELF:
            self._agree(prompt)
        else:
            self._finish(prompt, event)

    # -- what the customer does ------------------------------------------------------------

    def enter_pin(self, msisdn: str, pin: str) -> str:
        """Types a PIN into the shown prompt and sends it; returns the result code.

        Raises:
            NoPrompt: the phone shows none.
        """
        prompt, handset = self._shown(msisdn)
        refused = handset.check_pin(pin)
        if refused is not None:
            return self._finish(prompt, refused)
        return self._agree(prompt)

    def answer(self, msisdn: str, code: str) -> str:
        """Ends the shown prompt with a result that moves no money; NoPrompt if none is shown."""
        prompt, _ = self._shown(msisdn)
        return self._finish(prompt, code)

    def touch(self, msisdn: str, *, typing: bool = False) -> None:
        """Somebody looks after the shown prompt, or types its PIN: it no longer pays by itself."""
        prompt, _ = self._shown(msisdn)
        prompt.touched, prompt.typing = True, typing
        self._arm(prompt)
        self._changed()

    def switch(self, msisdn: str, *, on: bool) -> None:
        """Turns a phone on or off; a prompt on it becomes reachable or not."""
        handset = self.handsets.use(msisdn)
        if handset.on != on:
            handset.on = on
            if handset.prompt is not None:
                self._arm(handset.prompt)
        self._changed()

    def set_auto_complete(self, seconds: float) -> None:
        """Changes after how long prompts pay by themselves, for those on phones as well."""
        self.auto_complete_seconds = good_auto_complete(seconds)
        for prompt in self.prompts.live():
            if self.handsets.use(prompt.order.msisdn).shown_prompt is prompt:
                self._arm(prompt)
        self._changed()

    def reset(self) -> None:
        """Forgets phones, prompts and ledger.

        Ids and receipts go on from where they are, so that none is ever given twice.
        """
        self.work.cancel_all()
        self._timers.clear()
        self.handsets.clear()
        self.prompts.clear()
        self.ledger.clear()
        self.accounts.clear()
        self.next_result = self.last_checkout_id = None
        self.auto_complete_seconds = self._config.auto_complete_seconds
        self._changed()

    def _shown(self, msisdn: str) -> tuple[Prompt, Handset]:
        handset = self.handsets.find(msisdn)
        prompt = handset.shown_prompt if handset is not None else None
        if handset is None or prompt is None:
            raise NoPrompt(f"{_spelled(msisdn)} shows no prompt.")
        return prompt, handset

    # -- how it ends -----------------------------------------------------------------------

    def _agree(self, prompt: Prompt) -> str:
        handset = self.handsets.use(prompt.order.msisdn)
        return self._finish(prompt, handset.verdict(prompt.order.amount, self._clock()))

    def _finish(self, prompt: Prompt, code: str) -> str:
        self._close(prompt, code)
        self._finished(prompt)
        return code

    def _close(self, prompt: Prompt, code: str) -> None:
        """Settles a prompt for good: money first, then the customer's message."""
        now, handset = self._clock(), self.handsets.use(prompt.order.msisdn)
        self._disarm(prompt)
        prompt.result, prompt.finished_at = code, now
        if code == results.PAID:
            self._move_money(prompt, handset, now)
        elif self._config.strict_two_minutes and code in (results.CANCELLED, results.WRONG_PIN):
            handset.remember(prompt.order.shortcode, prompt.order.amount, now)
        if handset.prompt is prompt:
            handset.prompt = None
        if text := message_for(prompt, handset, now):
            handset.receive(text, now)
        self.prompts.finish(prompt)
        self._changed()

    def business_name(self, shortcode: str) -> str:
        """What a business is called in messages."""
        known = self.shortcodes.get(shortcode)
        return known.name if known else shortcode

    def _move_money(self, prompt: Prompt, handset: Handset, now: datetime) -> None:
        order = prompt.order
        prompt.receipt = self._mint.receipt(now)
        handset.pay(order.shortcode, order.amount, now)
        self.accounts.of(order.shortcode).take_in(order.amount, till=order.buys_goods)
        self.ledger.record(
            Entry(
                at=now,
                receipt=prompt.receipt,
                checkout_request_id=prompt.checkout_request_id,
                msisdn=order.msisdn,
                shortcode=order.shortcode,
                party_b=order.party_b,
                account_reference=order.account_reference,
                amount=order.amount,
            )
        )


def good_auto_complete(seconds: float) -> float:
    """Seconds after which prompts may pay by themselves, 0 for never, or SimulatorError."""
    if not 0 <= seconds <= LONGEST_AUTO_COMPLETE:
        raise SimulatorError("Prompts can pay by themselves after 0 (never) to 86400 seconds.")
    return seconds


def _spelled(msisdn: str) -> str:
    return local_spelling(msisdn) if len(msisdn) == 12 else "That phone"
