"""Customers' phones: purse, PIN, messages, and the rules that M-Pesa keeps per customer.

Limits are Safaricom's published ones: KSh 250,000 a transaction, 500,000 a day, the same amount
to the same business not twice within two minutes, three wrong PINs lock the line.
"""

from __future__ import annotations

import re
from collections import OrderedDict, deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import islice

from payment_app.simulator.mpesa import results
from payment_app.simulator.mpesa.prompts import Prompt
from payment_app.simulator.mpesa.wire import NAIROBI, is_msisdn, sms_date
from payment_app.simulator.settings import SimulatorError

MOST_HANDSETS = 5_000
MOST_SMS = 20
MOST_MONEY = 100_000_000
FIRST_PIN = "1234"
TRIES = 3
TRANSACTION_LIMIT = 250_000
DAILY_LIMIT = 500_000
SAME_AGAIN_AFTER = timedelta(minutes=2)

# 0199 9 then the code in five digits: a range that Kenya has not given out, so nobody's number.
_OUTCOME_NUMBER = re.compile(r"2541999([0-9]{5})")


def outcome_of_number(msisdn: str) -> str | None:
    """The result that a number stands for: 0199 901 032 always cancels with 1032; else None."""
    match = _OUTCOME_NUMBER.fullmatch(msisdn)
    return str(int(match[1])) if match else None


def good_msisdn(msisdn: str) -> str:
    """The number itself, or SimulatorError if it is not one like 254712345678."""
    if not is_msisdn(msisdn):
        raise SimulatorError("A phone number is written like 254712345678.")
    return msisdn


def good_balance(balance: int) -> int:
    """Whole shillings that a purse may hold, or SimulatorError."""
    if not 0 <= balance <= MOST_MONEY:
        raise SimulatorError(f"A balance is KSh 0 to {MOST_MONEY:,}.")
    return balance


def good_pin(pin: str) -> str:
    """Four digits, or SimulatorError."""
    if not (pin.isascii() and pin.isdecimal() and len(pin) == 4):
        raise SimulatorError("A PIN has four digits.")
    return pin


@dataclass(frozen=True)
class Sms:
    """A message from M-PESA on a phone."""

    at: datetime
    text: str


@dataclass
class Handset:
    """A customer's phone; money in whole shillings.

    Keeps its newest 20 messages and forgets payments that no rule asks about any more.
    """

    msisdn: str
    balance: int
    pin: str = FIRST_PIN
    on: bool = True
    wrong_pins: int = 0
    locked: bool = False
    transaction_limit: int = TRANSACTION_LIMIT
    prompt: Prompt | None = None
    inbox: deque[Sms] = field(default_factory=lambda: deque(maxlen=MOST_SMS))
    _paid_on: tuple[date, int] = (date.min, 0)
    _recent: dict[tuple[str, int], datetime] = field(default_factory=dict)

    @property
    def shown_prompt(self) -> Prompt | None:
        """The prompt that the customer can answer now."""
        prompt = self.prompt
        visible = prompt is not None and prompt.decided is None and self.on
        return prompt if visible else None

    def check_pin(self, pin: str) -> str | None:
        """None for the right PIN, else 2001, or 8006 from the third wrong one on."""
        if self.locked:
            return results.PIN_LOCKED
        if pin == self.pin:
            self.wrong_pins = 0
            return None
        self.wrong_pins += 1
        self.locked = self.wrong_pins >= TRIES
        return results.PIN_LOCKED if self.locked else results.WRONG_PIN

    def unlock(self) -> None:
        """What customer care does after three wrong PINs."""
        self.locked, self.wrong_pins = False, 0

    def verdict(self, amount: int, now: datetime) -> str:
        """What M-Pesa says when the customer agrees to pay: 0, 1, 3, 4 or 8006."""
        if self.locked:
            return results.PIN_LOCKED
        if amount > self.transaction_limit:
            return results.OVER_TRANSACTION_LIMIT
        if self._paid_today(now) + amount > DAILY_LIMIT:
            return results.OVER_DAILY_LIMIT
        return results.PAID if amount <= self.balance else results.NO_MONEY

    def paid_lately(self, shortcode: str, amount: int, now: datetime) -> bool:
        """Whether that amount was paid to that business within the last two minutes."""
        paid_at = self._recent.get((shortcode, amount))
        return paid_at is not None and timedelta(0) <= now - paid_at < SAME_AGAIN_AFTER

    def pay(self, shortcode: str, amount: int, now: datetime) -> None:
        """Takes the money out of the purse and remembers it for the limits."""
        self.balance = max(0, self.balance - amount)
        self._paid_on = (now.astimezone(NAIROBI).date(), self._paid_today(now) + amount)
        self.remember(shortcode, amount, now)

    def remember(self, shortcode: str, amount: int, now: datetime) -> None:
        """From now on the same amount is refused for two minutes."""
        fresh = {key: at for key, at in self._recent.items() if now - at < SAME_AGAIN_AFTER}
        self._recent = {**fresh, (shortcode, amount): now}

    def _paid_today(self, now: datetime) -> int:
        day, amount = self._paid_on
        return amount if day == now.astimezone(NAIROBI).date() else 0

    def receive(self, text: str, now: datetime) -> None:
        """Puts a message on top of the inbox."""
        self.inbox.appendleft(Sms(now, text))


class HandsetBook:
    """Phones by number, made when first named, the one used last at the end.

    Keeps 5,000; beyond that an idle one that was not used for longest is forgotten, and would
    come back with the opening balance.
    """

    def __init__(self, opening_balance: int, most: int = MOST_HANDSETS) -> None:
        self._opening_balance = opening_balance
        self._most = most
        self._handsets: OrderedDict[str, Handset] = OrderedDict()

    def __len__(self) -> int:
        return len(self._handsets)

    def newest_first(self) -> Iterator[Handset]:
        """Phones, the one with the newest prompt (or touched last) first."""
        return reversed(self._handsets.values())

    def find(self, msisdn: str) -> Handset | None:
        """A phone that exists already."""
        return self._handsets.get(msisdn)

    def use(self, msisdn: str) -> Handset:
        """The phone with that number, made if need be, now the newest.

        Raises:
            SimulatorError: not a number like 254712345678.
        """
        handset = self._handsets.get(good_msisdn(msisdn))
        if handset is None:
            self._make_room()
            handset = self._handsets[msisdn] = Handset(msisdn, self._opening_balance)
        self._handsets.move_to_end(msisdn)
        return handset

    def clear(self) -> None:
        """Forgets every phone."""
        self._handsets.clear()

    def _make_room(self) -> None:
        """Forgets idle phones until one more fits, or comes back under the bound bit by bit."""
        surplus = len(self._handsets) + 1 - self._most
        if surplus <= 0:
            return
        # Only the oldest few are looked at: prompts are short-lived, so these are mostly idle.
        oldest = list(islice(self._handsets.values(), 50))
        idle = [handset.msisdn for handset in oldest if handset.prompt is None]
        for msisdn in idle[:surplus]:
            del self._handsets[msisdn]


def message_for(prompt: Prompt, handset: Handset, now: datetime) -> str | None:
    """The SMS that M-PESA sends the customer after a result; None where it sends none."""
    order, name = prompt.order, prompt.merchant_name
    money = f"Ksh{order.amount:,}.00"
    if prompt.result == results.PAID:
        to = f"paid to {name}" if order.buys_goods else f"sent to {name} for account"
        account = "" if order.buys_goods else f" {order.account_reference}"
        return (
            f"{prompt.receipt} Confirmed. {money} {to}{account} on {sms_date(now)} "
            f"New M-PESA balance is Ksh{handset.balance:,}.00. Transaction cost, Ksh0.00."
        )
    return (
        _FAILURES.get(prompt.result or "", "").format(
            money=money,
            name=name,
            balance=f"Ksh{handset.balance:,}.00",
            left=TRIES - handset.wrong_pins,
        )
        or None
    )


_FAILURES = {
    results.NO_MONEY: (
        "Failed. You do not have enough money in your M-PESA account to pay {money} to {name}. "
        "Your M-PESA balance is {balance}."
    ),
    results.OVER_TRANSACTION_LIMIT: (
        "Failed. {money} is more than you can send in one M-PESA transaction."
    ),
    results.OVER_DAILY_LIMIT: "Failed. You have reached your daily M-PESA transaction limit.",
    results.SAME_AGAIN: (
        "Failed. You have just paid {money} to {name}. To pay the same amount again, "
        "wait for 2 minutes."
    ),
    results.WRONG_PIN: "Failed. You have entered a wrong M-PESA PIN. Tries left: {left}.",
    results.PIN_LOCKED: "Failed. Your M-PESA PIN is locked. Call 100 for help.",
}
