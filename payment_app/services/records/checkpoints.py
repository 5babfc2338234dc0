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
from pathlib import Path
from typing import Any

import structlog
from sqlalchemy import func, select, text
from sqlmodel import col

from payment_app.services.records.merkle import MerkleTree
from payment_app.services.records.signed_note import Checkpoint, NotOurNote, Signed, read_note, sign
from payment_app.services.shared.clock import Clock
from payment_app.services.shared.seals import Keyring
from payment_app.storage.database import Database
from payment_app.storage.tables import PaymentEvent

log = structlog.get_logger("payment_app.checkpoints")

BATCH = 5_000
_SUFFIX = ".checkpoint"


@dataclass(frozen=True)
class Note:
    """A checkpoint on disk; `signed` is `None` when it is not ours or was changed."""

    path: Path
    signed: Signed | None
    why_not: str = ""


@dataclass(frozen=True)
class Moved:
    """What a note and the database disagree about, in words."""

    path: Path
    words: str


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

    async def take(self, *, pause: float = 0.0) -> Path:
        """Write a checkpoint of the whole history; the newest note again if nothing came since.

        Raises:
            CheckpointRefused: the history denies an earlier note; nothing was written.
            OSError: the folder cannot be written.
        """
        notes = self.notes()
        last = await self._settled()
        moved, tree = await self.compare(notes, up_to=last, pause=pause)
        if moved:
            raise CheckpointRefused(moved)
        newest = notes[-1] if notes else None
        if newest and newest.signed == Signed(self._now(tree), 0):
            return newest.path
        path = self._write(self._now(tree))
        log.info("checkpoint_taken", path=str(path), events=tree.size)
        return path

    def _now(self, tree: MerkleTree) -> Checkpoint:
        return Checkpoint(self._origin, tree.size, tree.root)

    async def compare(
        self, notes: Sequence[Note], *, up_to: int | None = None, pause: float = 0.0
    ) -> tuple[list[Moved], MerkleTree]:
        """Hold the history to each note; what does not agree, and the tree of all events.

        Args:
            up_to: the last event id to count, `None` for all.
        """
        moved = [
            Moved(note.path, f"Not a checkpoint of ours: {note.why_not}.")
            for note in notes
            if note.signed is None
        ]
        due = sorted(
            ((note.signed.checkpoint, note.path) for note in notes if note.signed),
            key=lambda one: one[0].size,
        )
        tree = MerkleTree()
        async for leaf in self._leaves(up_to, pause):
            while due and due[0][0].size == tree.size:
                moved += _compared(*due.pop(0), tree)
            tree.add(leaf)
        for checkpoint, path in due:
            moved += _compared(checkpoint, path, tree)
        return moved, tree

    async def _leaves(self, up_to: int | None, pause: float) -> AsyncIterator[bytes]:
        after = 0
        event_id: Any = col(PaymentEvent.event_id)
        made = col(PaymentEvent.hash)
        while True:
            wanted = select(event_id, made).where(event_id > after).order_by(event_id).limit(BATCH)
            if up_to is not None:
                wanted = wanted.where(event_id <= up_to)
            async with self._database.read() as session:
                rows = (await session.execute(wanted)).all()
            for number, seal in rows:
                yield b"%d:%b" % (number, seal.encode())
            if len(rows) < BATCH:
                return
            after = rows[-1][0]
            if pause:
                await asyncio.sleep(pause)

    async def _settled(self) -> int:
        """The highest event id below which nothing can be committed any more."""
        async with self._database.write() as session:
            if not self._database.is_sqlite:  # SQLite has one writer: ids follow commits
                await session.execute(text("LOCK TABLE payment_event IN SHARE MODE"))
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


def _compared(checkpoint: Checkpoint, path: Path, tree: MerkleTree) -> list[Moved]:
    if tree.size < checkpoint.size:
        words = f"It counts {checkpoint.size} events, and only {tree.size} are there."
        return [Moved(path, words)]
    if tree.root != checkpoint.root:
        words = f"The first {checkpoint.size} events are not those that it was taken of."
        return [Moved(path, words)]
    return []
