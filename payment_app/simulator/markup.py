"""A little HTML by hand: escaping, and the few elements that the phone page repeats."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape

from payment_app.simulator import results


def text(value: object) -> str:
    """Escaped for element content and for double-quoted attributes."""
    return escape(str(value), quote=True)


def shillings(amount: int) -> str:
    """`KSh 2,500`."""
    return f"KSh {amount:,}"


def hidden(**fields: str) -> str:
    """Hidden inputs."""
    return "".join(
        f'<input type="hidden" name="{text(name)}" value="{text(value)}">'
        for name, value in fields.items()
    )


def options(choices: Mapping[str, str]) -> str:
    """The options of a select: value to words."""
    return "".join(
        f'<option value="{text(value)}">{text(words)}</option>' for value, words in choices.items()
    )


def action_button(root: str, action: str, words: str, kind: str = "", **fields: str) -> str:
    """A form that is one button."""
    return (
        f'<form method="post" action="{text(root)}/act/{action}">{hidden(**fields)}'
        f'<button class="{kind or "quiet"}">{text(words)}</button></form>'
    )


_RESULT_NAMES = {
    results.NO_MONEY: "Not enough money",
    results.OVER_TRANSACTION_LIMIT: "Over the transaction limit",
    results.OVER_DAILY_LIMIT: "Over the daily limit",
    results.SAME_AGAIN: "Same amount again too soon",
    results.EXPIRED: "Expired",
    results.PROMPT_TOO_LONG: "Prompt not sent",
    "1031": "Cancelled",
    results.CANCELLED: "Cancelled",
    results.NO_ANSWER: "No answer",
    results.WRONG_PIN: "Wrong PIN",
    results.WRONG_PRODUCT: "Wrong type of business",
    results.PIN_LOCKED: "PIN locked",
    results.NO_SUCH_OPERATOR: "No such business",
}


def result_name(code: str, amount: int) -> str:
    """A result in a few words, with its code unless it was paid."""
    if code == results.PAID:
        return f"Paid {shillings(amount)}"
    name = _RESULT_NAMES.get(code, "Failed")
    return f"{name} ({code})"
