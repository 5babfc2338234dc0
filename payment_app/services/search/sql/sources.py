"""What the search is made of: the tables, a condition, and ways to find rows by an index."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from sqlalchemy import ColumnElement, Table, literal_column, true

from payment_app.storage.tables import Booking, Payment, PaymentCase, UserAccount

PAYMENT = cast(Table, Payment.__table__)  # type: ignore[attr-defined]
P = PAYMENT.c
BOOKING = cast(Table, Booking.__table__)  # type: ignore[attr-defined]
USER = cast(Table, UserAccount.__table__)  # type: ignore[attr-defined]
CASE = cast(Table, PaymentCase.__table__)  # type: ignore[attr-defined]
OPEN = CASE.c.state == literal_column("'open'")
"""Written out, not bound: only so do the partial indexes on open cases fit."""

Where = ColumnElement[bool]


@dataclass(frozen=True)
class Source:
    """One way to find payments by an index; exactly one of the first three is set.

    Attributes:
        where: a condition on payments.
        bookings: a condition on bookings, whose payments are meant.
        names: beginnings of words of a customer's name, all of them.
        numberless: only customers in whose name no phone number stands.
        in_time: payments of a short time share it, such as the beginning of a receipt: they may
            all stand far from where a list begins.
        walked: an index continues behind `where` in the order of creation.
        partial: the rows that it finds may not match the whole condition.
    """

    where: Where | None = None
    bookings: Where | None = None
    names: tuple[tuple[str, ...], ...] = ()
    numberless: bool = False
    in_time: bool = False
    walked: bool = False
    partial: bool = False


@dataclass(frozen=True)
class Condition:
    """One condition.

    Attributes:
        filter: true of each row that matches; no index is used for it.
        sources: find all rows that match; empty = cannot be found by index.
        parts: conditions that say the same together, each of which can be found by itself.
        walked: the lists in time walk along an index that begins with it.
    """

    filter: Where
    sources: tuple[Source, ...] = ()
    parts: tuple[Condition, ...] = ()
    walked: bool = False


def only_filter(where: Where) -> Where:
    """The same condition, in a form that no planner takes for a reason to use its index."""
    return where.is_(true())
