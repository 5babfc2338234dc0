"""Checkpoints as signed notes, in the text form of C2SP's `tlog-checkpoint` and `signed-note`.

    pay.example.co.ke/books
    20852163
    CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=

    — pay.example.co.ke/books Az3grlgt…

The lines are origin, number of events and root hash; the signature (Ed25519) covers them with their
line ends. Any tool that reads such notes can verify one with the public key that `vkey` makes.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

_ED25519 = b"\x01"
_SIZE = re.compile(r"0|[1-9][0-9]{0,17}")


class NotOurNote(ValueError):
    """The text is no checkpoint, or none of our keys has signed it."""


@dataclass(frozen=True)
class Checkpoint:
    """What was true of the history at one moment.

    Attributes:
        origin: whose history; the host and `/books`.
        size: how many events, from the first in the order of their ids.
        root: their Merkle tree hash (RFC 6962).
    """

    origin: str
    size: int
    root: bytes

    @property
    def text(self) -> str:
        """The lines that are signed."""
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"


@dataclass(frozen=True)
class Signed:
    """A checkpoint and which of our keys signed it: 0 is today's."""

    checkpoint: Checkpoint
    key: int


def sign(checkpoint: Checkpoint, seed: bytes) -> str:
    """The signed note. `seed`: 32 secret bytes."""
    key = Ed25519PrivateKey.from_private_bytes(seed)
    made = _key_hash(checkpoint.origin, _public(key)) + key.sign(checkpoint.text.encode())
    signature = base64.b64encode(made).decode()
    return f"{checkpoint.text}\n— {checkpoint.origin} {signature}\n"


def vkey(origin: str, seed: bytes) -> str:
    """The public key in the notation of such notes: `<name>+<hash>+<key>`. It is no secret."""
    public = _public(Ed25519PrivateKey.from_private_bytes(seed))
    return f"{origin}+{_key_hash(origin, public).hex()}+" + (
        base64.b64encode(_ED25519 + public).decode()
    )


def read_note(note: str, seeds: Sequence[bytes]) -> Signed:
    """Read a note that one of our keys has signed.

    Raises:
        NotOurNote: it is no checkpoint, was changed, or is signed by nobody whom we know.
    """
    text, blank, signatures = note.partition("\n\n")
    lines = text.split("\n")
    if not blank or len(lines) != 3 or not lines[0] or not _SIZE.fullmatch(lines[1]):
        raise NotOurNote("it is no checkpoint")
    checkpoint = Checkpoint(lines[0], int(lines[1]), _decoded(lines[2]))
    if len(checkpoint.root) != 32:
        raise NotOurNote("it is no checkpoint")
    for number, seed in enumerate(seeds):
        public = _public(Ed25519PrivateKey.from_private_bytes(seed))
        if any(_signed(checkpoint, line, public) for line in signatures.splitlines()):
            return Signed(checkpoint, number)
    raise NotOurNote("none of our keys has signed it")


def _signed(checkpoint: Checkpoint, line: str, public: bytes) -> bool:
    dash, _, rest = line.partition(" ")
    name, _, encoded = rest.rpartition(" ")
    if dash != "—" or name != checkpoint.origin:
        return False
    made = _decoded(encoded)
    if made[:4] != _key_hash(name, public):
        return False  # another key's: a note may carry the signatures of witnesses
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(made[4:], checkpoint.text.encode())
    except InvalidSignature:
        return False
    return True


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return b""


def _public(key: Ed25519PrivateKey) -> bytes:
    return key.public_key().public_bytes_raw()


def _key_hash(name: str, public: bytes) -> bytes:
    return hashlib.sha256(name.encode() + b"\n" + _ED25519 + public).digest()[:4]
