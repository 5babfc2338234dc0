"""Checkpoints of the history: signed, kept outside the database, and compared with it later.

A checkpoint says "the first N events had this Merkle root". It finds what seals cannot: events, or
whole payments, that were taken away together with everything that mentions them, and changes by
somebody who holds SECRET_KEY, once a copy of the checkpoint is out of their reach.

The leaves are the events in the order of their ids. An id is drawn before its transaction ends, so
on PostgreSQL a lower id may be committed later: a checkpoint waits, under a lock that lets nobody
write history, for whoever has drawn one, and counts up to the highest id that is there then.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import structlog
from sqlalchemy import ColumnElement, func, select, true
from sqlmodel import col

from payment_app.services.records.merkle import MerkleTree
from payment_app.services.records.signed_note import Checkpoint, NotOurNote, Signed, read_note, sign
from payment_app.services.shared.checkpoint import drop_mark, take_turn
from payment_app.services.shared.clock import Clock
from payment_app.services.shared.keys.seals import Keyring
from payment_app.storage.database import Database
from payment_app.storage.dialect import wait_for_writers
from payment_app.storage.tables import PaymentEvent

log = structlog.get_logger("payment_app.checkpoints")

BATCH = 5_000
TAKE_EVERY = timedelta(hours=23)
_SUFFIX = ".checkpoint"
_MARK = "checkpoint"


@dataclass(frozen=True)
class Note:
    """A checkpoint on disk; `signed` is `None` when it is not ours or was changed."""

    path: Path
    signed: Signed | None
    why_not: str = ""


@dataclass(frozen=True)
class Moved:
    """What a note and the database disagree about.

    Attributes:
        rule: `history_moved`, `checkpoint_unreadable` or `old_key`.
    """

    rule: str
    path: Path
    words: str


@dataclass(frozen=True)
class Compared:
    """The tree of the history, and where it denies the notes that it was held to."""

    tree: MerkleTree
    moved: list[Moved]


class CheckpointRefused(Exception):
    """No checkpoint is taken of a history that denies an earlier one."""

    def __init__(self, moved: Sequence[Moved]) -> None:
        super().__init__(" ".join(f"{one.path}: {one.words}" for one in moved))
        self.moved = tuple(moved)


class Checkpoints:
    """Takes checkpoints of one database into one folder, and holds the database to them."""

    def __init__(
        self, database: Database, clock: Clock, keyring: Keyring, folder: Path, origin: str
    ) -> None:
        self._database = database
        self._clock = clock
        self._keyring = keyring
        self._folder = folder
        self._origin = origin

    def notes(self) -> list[Note]:
        """Every note in the folder, the oldest first."""
        return [self.read(path) for path in sorted(self._folder.glob(f"*{_SUFFIX}"))]

    def read(self, path: Path) -> Note:
        """One note from wherever it was kept.

        Raises:
            OSError: it cannot be read.
        """
        try:
            note = path.read_bytes().decode()
            return Note(path, read_note(note, self._keyring.signing_seeds))
        except (NotOurNote, UnicodeDecodeError) as error:
            return Note(path, None, str(error))

    async def take_daily(self) -> None:
        """Take one, unless any process of this database did so within the day; gently."""
        if not await take_turn(self._database, _MARK, TAKE_EVERY, self._clock()):
            return
        try:
            await self.take(pause=0.02, rows=500)
        except Exception:
            await drop_mark(self._database, _MARK)  # again in an hour
            raise

    async def take(self, *, pause: float = 0.0, rows: int = BATCH) -> Path:
        """Write a checkpoint of the whole history; the newest note again if nothing came since.

        Raises:
            CheckpointRefused: the history denies an earlier note; nothing was written.
            OSError: the folder cannot be written.
        """
        notes = self.notes()
        last = await self._settled()
        compared = await self.compare(notes, up_to=last, pause=pause, rows=rows)
        if compared.moved:
            raise CheckpointRefused(compared.moved)
        tree = compared.tree
        stated = Checkpoint(self._origin, tree.size, tree.root)
        if notes and notes[-1].signed == Signed(stated, 0):
            return notes[-1].path
        path = self._write(stated)
        log.info("checkpoint_taken", path=str(path), events=tree.size)
        return path

    async def compare(
        self,
        notes: Sequence[Note],
        *,
        up_to: int | None = None,
        pause: float = 0.0,
        rows: int = BATCH,
    ) -> Compared:
        """Hold the history to each note.

        Args:
            up_to: the last event id to count, `None` for all.
            pause, rows: seconds between batches, events in each.
        """
        moved = [
            Moved("checkpoint_unreadable", note.path, f"Not a checkpoint of ours: {note.why_not}.")
            for note in notes
            if note.signed is None
        ]
        due = sorted((note for note in notes if note.signed), key=_size)
        ours = [note for note in due if note.signed and note.signed.key == 0]
        tree, outdated = MerkleTree(), 0
        async for batch in self._batches(up_to, pause, rows):
            for event_id, made, key_id in batch:
                while due and _size(due[0]) == tree.size:
                    moved += _denied(due.pop(0), tree)
                tree.add(b"%d:%b" % (event_id, str(made).encode()))
                if key_id != self._keyring.current and ours and tree.size > _size(ours[-1]):
                    outdated += 1
        for note in due:
            moved += _denied(note, tree)
        if outdated:
            words = f"{outdated} events since then are not sealed with today's key."
            moved.append(Moved("old_key", ours[-1].path, words))
        return Compared(tree, moved)

    async def _batches(
        self, up_to: int | None, pause: float, rows: int
    ) -> AsyncIterator[Sequence[Any]]:
        """(id, hash, key id) of every event in the order of ids."""
        event_id: Any = col(PaymentEvent.event_id)
        columns = (event_id, col(PaymentEvent.hash), col(PaymentEvent.key_id))
        behind: ColumnElement[bool] = (
            true()
        )  # ids below 1 as well: the app draws none, somebody else might
        while True:
            wanted = select(*columns).where(behind).order_by(event_id).limit(rows)
            if up_to is not None:
                wanted = wanted.where(event_id <= up_to)
            async with self._database.read() as session:
                batch = (await session.execute(wanted)).all()
            yield batch
            if len(batch) < rows:
                return
            behind = event_id > batch[-1][0]
            await asyncio.sleep(pause)

    async def _settled(self) -> int:
        """The highest event id below which nothing can be committed any more."""
        async with self._database.write() as session:
            await session.run_sync(lambda sync: wait_for_writers(sync.connection(), PaymentEvent))
            highest = await session.execute(select(func.max(col(PaymentEvent.event_id))))
            return highest.scalar_one() or 0

    def _write(self, checkpoint: Checkpoint) -> Path:
        """On disk under its name, or not at all."""
        self._folder.mkdir(parents=True, exist_ok=True)
        name = f"{self._clock():%Y%m%dT%H%M%S%fZ}-{checkpoint.size}{_SUFFIX}"
        path, unfinished = self._folder / name, self._folder / f"{name}.unfinished"
        with unfinished.open("w", encoding="utf-8", newline="\n") as file:
            file.write(sign(checkpoint, self._keyring.signing_seeds[0]))
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(path)
        return path


def _size(note: Note) -> int:
    return note.signed.checkpoint.size if note.signed else 0


def _denied(note: Note, tree: MerkleTree) -> list[Moved]:
    """What a tree that has grown to the note's size, or never did, says against it."""
    if note.signed is None or tree.root == note.signed.checkpoint.root:
        return []
    size = _size(note)
    if tree.size < size:
        words = f"It counts {size} events, and only {tree.size} are there."
    else:
        words = f"The first {size} events are not those that it was taken of."
    return [Moved("history_moved", note.path, words)]
