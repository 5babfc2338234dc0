"""A Merkle tree hash over any number of leaves (RFC 6962, section 2.1), in little memory."""

from __future__ import annotations

import hashlib


class MerkleTree:
    """Leaves go in one by one; `root` may be read after each."""

    def __init__(self) -> None:
        self.size = 0
        self._peaks: list[tuple[int, bytes]] = []
        """Complete subtrees as (leaves, hash), larger ones first."""

    def add(self, leaf: bytes) -> None:
        """Append one leaf."""
        self.size += 1
        width, made = 1, hashlib.sha256(b"\x00" + leaf).digest()
        while self._peaks and self._peaks[-1][0] == width:
            made = _node(self._peaks.pop()[1], made)
            width *= 2
        self._peaks.append((width, made))

    @property
    def root(self) -> bytes:
        """The hash over all leaves so far; without any that of nothing."""
        if not self._peaks:
            return hashlib.sha256(b"").digest()
        *larger, (_, made) = self._peaks
        for _, peak in reversed(larger):
            made = _node(peak, made)
        return made


def _node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()
