"""From the form of a pay page to the checkout, and back to words; with and without scripts."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from payment_app.domain.errors import Refusal
from payment_app.domain.money import shillings
from payment_app.services.pay_pages.pages import PayPages
from payment_app.web.numbers import whole_number
from payment_app.web.payer.pay.problem import Problem, problem_of, unexpected_problem
from payment_app.web.texts.shape import Texts

log = logging.getLogger(__name__)


async def send(
    pages: PayPages, token: str, form: Mapping[str, Any], address: str, texts: Texts
) -> Problem:
    """Pass the form on to the checkout; what to tell the payer if it sent nothing."""
    try:
        await pages.pay(token, _text(form, "phone"), _amount(form), _seen_attempts(form), address)
    except Refusal as refusal:
        return problem_of(refusal, texts, _text(form, "phone"))
    except Exception:
        log.exception("A click on the pay page failed.")
        return unexpected_problem(texts)
    return Problem()


def _text(form: Mapping[str, Any], name: str) -> str:
    value = form.get(name)
    return value.strip() if isinstance(value, str) else ""


def _amount(form: Mapping[str, Any]) -> int | None:
    """The instalment that the payer typed, `None` where the form has no such field.

    Raises:
        BadInput: `invalid_amount`, when it is not a whole number of shillings.
    """
    return int(shillings(_text(form, "amount"))) if "amount" in form else None


def _seen_attempts(form: Mapping[str, Any]) -> int:
    """How many prompts the payer's page had shown when they clicked; only ever saves a prompt."""
    return whole_number(_text(form, "attempt"), most_digits=6) or 0
