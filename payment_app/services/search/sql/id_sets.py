"""Sets of ids, as one parameter of a statement or one text that the database wrote itself."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Integer,
    Select,
    String,
    bindparam,
    case,
    func,
    literal,
    select,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.sql import cast as sql_cast

from payment_app.services.search.sql.sources import Where, only_filter


@dataclass(frozen=True)
class IdSet:
    """Ids as the database wrote them: they are only sent back to it, and never read here."""

    text: str
    count: int


class IdSets:
    """Writes them for one kind of database."""

    def __init__(self, *, is_sqlite: bool) -> None:
        self._sqlite = is_sqlite

    def ids_in(self, name: ColumnElement[Any], ids: Sequence[int]) -> Where:
        """Membership in a list of any length with one parameter."""
        if self._sqlite:
            each = func.json_each(bindparam(None, json.dumps(list(ids)), String)).table_valued(
                "value"
            )
            return name.in_(select(each.c.value))
        return name == func.any(bindparam(None, list(ids), ARRAY(Integer)))

    def ids_within(self, name: ColumnElement[Any], ids: IdSet) -> Where:
        """The same for what `collected` wrote."""
        written = bindparam(None, ids.text, String)
        if self._sqlite:
            each = func.json_each(written).table_valued("value")
            return name.in_(select(each.c.value))
        return name == func.any(sql_cast(written, ARRAY(Integer)))

    def is_within(self, name: ColumnElement[Any], ids: IdSet) -> Where:
        """The same as a filter of many rows: the ids are read once, into a table of hashes."""
        if self._sqlite:
            return only_filter(self.ids_within(name, ids))
        each = func.unnest(sql_cast(bindparam(None, ids.text, String), ARRAY(Integer)))
        return only_filter(name.in_(select(each)))

    def collected(self, number: int, ids: Select[Any], most: int) -> Select[Any]:
        """`number`, how many ids there are (at most `most` + 1), and if not more, all as text."""
        found = ids.limit(most + 1).subquery()
        one, count = found.c[0], func.count()
        text: ColumnElement[Any] = (
            func.json_group_array(one)
            if self._sqlite
            else func.coalesce(sql_cast(func.array_agg(one), String), "{}")
        )
        return select(literal(number), count, case((count <= most, text), else_=None)).select_from(
            found
        )

    def merged(self, sets: Sequence[IdSet]) -> IdSet:
        """All of them; an id may stand in it twice."""
        left, right = "[]" if self._sqlite else "{}"
        inner = ",".join(one.text[1:-1] for one in sets if one.count)
        return IdSet(f"{left}{inner}{right}", sum(one.count for one in sets))
