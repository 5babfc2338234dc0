"""A push as M-Pesa keeps it: what was asked, what the phone shows, how it ended."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime

MOST_LIVE = 100_000
MOST_FINISHED = 20_000
LONGEST_PROMPT = 182


@dataclass(frozen=True)
class Order:
    """A push that passed every field rule; `amount` in whole shillings."""

    shortcode: str
    party_b: str
    transaction_type: str
    amount: int
    msisdn: str
    callback_url: str
    account_reference: str
    description: str

    @property
    def buys_goods(self) -> bool:
        """Paid to a till rather than a paybill."""
        return self.transaction_type == "CustomerBuyGoodsOnline"


@dataclass
class Prompt:
    """One push and what became of it.

    Attributes:
        decided: the result is settled without the customer, who never sees this prompt.
        touched: somebody is dealing with it, so it does not pay by itself.
        typing: somebody is entering the PIN, so the page stays with this phone.
        due: what it will do if nobody does anything, at `due_at`.
        result: M-Pesa's result code as text; None while it is live.
    """

    order: Order
    checkout_request_id: str
    merchant_request_id: str
    merchant_name: str
    opened_at: datetime
    due_at: datetime
    due: str = ""
    decided: str | None = None
    touched: bool = False
    typing: bool = False
    result: str | None = None
    receipt: str | None = None
    finished_at: datetime | None = None

    @property
    def live(self) -> bool:
        """No result yet."""
        return self.result is None

    @property
    def text(self) -> str:
        """What the customer reads on the phone."""
        return prompt_text(self.order, self.merchant_name)


def prompt_text(order: Order, merchant_name: str) -> str:
    """The prompt's words; Daraja cannot show more than 182 characters."""
    asked = f"Do you want to pay KSh {order.amount} to {merchant_name}?"
    account = "" if order.buys_goods else f" Account no. {order.account_reference}."
    return f"{asked}{account} Enter M-PESA PIN:"


class PromptBook:
    """All pushes by CheckoutRequestID: the live ones and the newest 20,000 finished ones."""

    def __init__(self, most_finished: int = MOST_FINISHED) -> None:
        self._live: OrderedDict[str, Prompt] = OrderedDict()
        self._finished: OrderedDict[str, Prompt] = OrderedDict()
        self._most_finished = most_finished

    def __contains__(self, checkout_request_id: str) -> bool:
        return checkout_request_id in self._live or checkout_request_id in self._finished

    def find(self, checkout_request_id: str) -> Prompt | None:
        """The push with that id, live or finished."""
        found = self._live.get(checkout_request_id)
        return found or self._finished.get(checkout_request_id)

    @property
    def is_full(self) -> bool:
        """No room for another live prompt: Daraja would say that it is busy."""
        return len(self._live) >= MOST_LIVE

    def live(self) -> list[Prompt]:
        """Prompts without a result, oldest first."""
        return list(self._live.values())

    def count_live(self) -> int:
        """How many prompts have no result yet."""
        return len(self._live)

    def open(self, prompt: Prompt) -> None:
        """Takes in a new live prompt."""
        self._live[prompt.checkout_request_id] = prompt

    def finish(self, prompt: Prompt) -> None:
        """Moves a prompt to the finished ones and forgets the oldest beyond the bound."""
        self._live.pop(prompt.checkout_request_id, None)
        self._finished[prompt.checkout_request_id] = prompt
        while len(self._finished) > self._most_finished:
            self._finished.popitem(last=False)

    def clear(self) -> None:
        """Forgets every push."""
        self._live.clear()
        self._finished.clear()
