"""T4: a callback is on disk before it is answered 200, and understood afterwards.

Whatever arrives while one commit runs shares the next; each sender is answered after its own.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

import structlog
from sqlalchemy import Connection, bindparam, func, select, update

from payment_app.domain.errors import Refusal, Unavailable
from payment_app.services.payments.callbacks.seal import dedupe_of
from payment_app.services.shared.clock import Clock
from payment_app.services.shared.failpoint import Step, reached
from payment_app.services.shared.keys.seals import Keyring, keyring_of
from payment_app.services.shared.keys.tokens import hash_token
from payment_app.services.shared.pace.batching import Batched
from payment_app.services.shared.pace.group_commit import GroupCommit
from payment_app.storage.database import Database
from payment_app.storage.dialect import advisory_lock, insert_once, table_of
from payment_app.storage.tables import CallbackInbox, Payment
from payment_app.storage.transaction import Transaction

log = structlog.get_logger("payment_app.inbox")

KIND = "stk"
HINT = "stk_hint"
MOST_PARKED = 1_000
"""Hints that may wait at a time: anyone may send them."""

_inbox = table_of(CallbackInbox).c
_payment = table_of(Payment).c


@dataclass(frozen=True)
class _Arrival:
    kind: str
    payment_id: int | None
    body: bytes
    at: datetime

    def dedupe(self, keyring: Keyring) -> str:
        """What makes copies one row, and the row ours."""
        return dedupe_of(self.kind, self.payment_id, self.body, keyring)

    def row(self, dedupe: str, copies: int) -> dict[str, Any]:
        return {
            "kind": self.kind,
            "payment_id": self.payment_id,
            "dedupe": dedupe,
            "body": self.body,
            "received_at": self.at,
            "copies": copies,
            "attempts": 0,
        }


class CallbackStore:
    """Keeps what Daraja posts. One per process; rows are shared.

    Args:
        stored: told after every commit: there is something to settle.
    """

    def __init__(self, database: Database, clock: Clock, stored: Callable[[], None]) -> None:
        self._database = database
        self._clock = clock
        self._stored = stored
        self._owners = Batched(self._read_owners)
        self._group = GroupCommit(self._commit)

    async def payment_of(self, token: str) -> int | None:
        """The payment whose CallBackURL ended in `token`, found by its hash.

        Raises:
            Unavailable: it could not be looked up.
        """
        with _or_unavailable():
            return await self._owners.get(hash_token(token))

    async def _read_owners(self, hashes: Sequence[str]) -> Mapping[str, int]:
        return await self._database.look(partial(_owners, hashes=hashes))

    async def store(self, payment_id: int, body: bytes) -> None:
        """T4: return once the body is on disk.

        Raises:
            Unavailable: it could not be stored; Daraja must not be answered 200.
        """
        with _or_unavailable():
            await self._group.put(_Arrival(KIND, payment_id, body, self._clock()))

    async def store_answer(self, kind: str, payment_id: int | None, body: bytes) -> None:
        """T4 of what answers an operator's order: `kind` names it, such as `result:17`.

        Raises:
            Unavailable: it could not be stored; Daraja must not be answered 200.
        """
        with _or_unavailable():
            await self._group.put(_Arrival(kind, payment_id, body, self._clock()))

    async def store_hint(self, body: bytes) -> None:
        """Keep a callback without a token: it proves nothing and only makes a query follow.

        Raises:
            Unavailable: too many wait already, or it could not be stored.
        """
        with _or_unavailable():
            if await self._database.look(_parked) >= MOST_PARKED:
                raise Unavailable("inbox_full", "Too many unmatched callbacks are waiting.")
            await self._group.put(_Arrival(HINT, None, body, self._clock()))

    async def _commit(self, arrivals: Sequence[_Arrival]) -> None:
        reached(Step.BEFORE_T4)
        await self._database.transact(partial(_store, arrivals=arrivals))
        reached(Step.AFTER_T4)
        self._stored()


@contextmanager
def _or_unavailable() -> Iterator[None]:
    """Whatever breaks in here: the body is not known to be on disk, so the answer is 503."""
    try:
        yield
    except Refusal:
        raise
    except Exception as error:
        log.error("callback_not_stored", error=type(error).__name__)
        raise Unavailable("not_stored", "The callback could not be stored.") from error


_OWNERS = select(_payment.callback_token_hash, _payment.payment_id).where(
    _payment.callback_token_hash.in_(bindparam("hashes", expanding=True))
)


def _owners(connection: Connection, hashes: Sequence[str]) -> dict[str, int]:
    rows = connection.execute(_OWNERS, {"hashes": list(hashes)})
    return {row[0]: row[1] for row in rows}


def _parked(connection: Connection) -> int:
    """How many hints wait."""
    waiting = select(func.count()).where(_inbox.processed_at.is_(None), _inbox.kind == HINT)
    return connection.execute(waiting).scalar_one()


def _store(transaction: Transaction, arrivals: Sequence[_Arrival]) -> None:
    """Insert each body once and count its further copies."""
    keyring = keyring_of(transaction.rows)
    hashed = [(arrival.dedupe(keyring), arrival) for arrival in arrivals]
    copies = Counter(dedupe for dedupe, _ in hashed)
    # One worker at a time for each payment: the same bodies in another order would deadlock.
    owners = {str(arrival.payment_id) for arrival in arrivals}
    advisory_lock(transaction.connection, "callback", *owners)
    rows = [arrival.row(dedupe, copies[dedupe]) for dedupe, arrival in dict(hashed).items()]
    inserted = insert_once(transaction.connection, CallbackInbox, rows, "dedupe")
    known = {dedupe: more for dedupe, more in copies.items() if dedupe not in inserted}
    if known:
        _count_copies(transaction, known)
    reached(Step.IN_T4)


_MORE_COPIES = (
    update(table_of(CallbackInbox))
    .where(
        _inbox.inbox_id.in_(
            select(_inbox.inbox_id)
            .where(_inbox.dedupe == bindparam("known"))
            .with_for_update(skip_locked=True)
        )
    )
    .values(copies=_inbox.copies + bindparam("more"))
)


def _count_copies(transaction: Transaction, known: Mapping[str, int]) -> None:
    """Add to the counter of rows, unless they are being settled right now.

    Waiting for one could deadlock: its settlement may wait for the payment that we refer to.
    """
    counts = [{"known": dedupe, "more": more} for dedupe, more in sorted(known.items())]
    transaction.execute(_MORE_COPIES, counts)
