"""Opaque cursors: where a page begins, in an order. Whatever else comes is refused."""

from __future__ import annotations

import base64
import binascii
import json
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from payment_app.domain.errors import BadInput
from payment_app.services.search.query import Sort
from payment_app.services.search.sql.statements import Edge
from payment_app.services.search.words import MAX_ID

_LONGEST = 200


def write_cursor(sort: Sort, edge: Edge) -> str:
    """A cursor for an address; by id it is the plain id."""
    if sort is Sort.BY_ID:
        return str(edge.payment_id)
    raw = json.dumps([sort.value, key_text(edge.key), edge.payment_id], separators=(",", ":"))
    return base64.urlsafe_b64encode(raw.encode()).decode().rstrip("=")


def read_cursor(sort: Sort, text: str, *, is_sqlite: bool) -> Edge:
    """The edge that a cursor of the same order names.

    Raises:
        BadInput: `invalid_cursor`.
    """
    try:
        if not text.isascii() or len(text) > _LONGEST:
            raise ValueError("no cursor")
        if sort is Sort.BY_ID:
            if not text.isdigit():
                raise ValueError("no id")
            return Edge(None, _id(int(text)))
        word, key, payment_id = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        if word != sort.value or not isinstance(key, str):
            raise ValueError("of another order")
        return Edge(key_value(sort, key, is_sqlite=is_sqlite), _id(payment_id))
    except (ValueError, TypeError, RecursionError, InvalidOperation, binascii.Error):
        raise BadInput(
            "invalid_cursor", "This page of the list cannot be found. Open the list again."
        ) from None


def key_text(key: Any) -> str:
    """A key as text: SQLite's own text of a time stays as it is."""
    return key.isoformat() if isinstance(key, datetime) else str(key)


def key_value(sort: Sort, text: str, *, is_sqlite: bool) -> Any:
    """The key that `key_text` wrote.

    Raises:
        ValueError, InvalidOperation: it is none.
    """
    if sort in (Sort.AMOUNT_HIGH, Sort.AMOUNT_LOW):
        number = Decimal(text)
        if not number.is_finite() or abs(number) >= 10**12:
            raise ValueError("no amount")
        return number
    at = datetime.fromisoformat(text)
    if is_sqlite:
        return text
    if at.tzinfo is None:
        raise ValueError("no zone")
    return at


def _id(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= MAX_ID:
        raise ValueError("no id")
    return value
