"""Secrets that the app makes for itself, each in a file of its own beside the database."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Callable
from pathlib import Path

from payment_app.services.shared.keys.seals import Keyring
from payment_app.services.shared.keys.tokens import new_token
from payment_app.settings import Settings


def kept_secret(path: Path, make: Callable[[], str] = new_token) -> str:
    """The secret in `path`; when there is none it is made, readable by its owner only.

    Processes that start together agree on one: the file appears whole, or not at all.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        _put(path, make())
    return path.read_text(encoding="utf-8").strip()


def secret_key(settings: Settings) -> str:
    """SECRET_KEY, or in simulator mode one that is made once and kept beside the database."""
    given = settings.secret_key.get_secret_value()
    if given or not settings.simulated:
        return given
    return kept_secret(settings.data_folder / "secret_key")


def keyring(settings: Settings) -> Keyring:
    """The keys of the books: SECRET_KEY seals, and those that it replaced still check."""
    old = (key.get_secret_value() for key in settings.old_secret_keys)
    return Keyring((secret_key(settings), *old))


def _put(path: Path, secret: str) -> None:
    """Write to a file beside it first; a link, unlike a rename, leaves what another put there."""
    handle, draft = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")  # mode 0600
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(secret)
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileExistsError):
            os.link(draft, path)
    finally:
        os.unlink(draft)
