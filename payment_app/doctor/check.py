"""What probes see and verdicts read, and what is said in the end."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Answer:
    """An HTTP answer; `code` is the slug of this app's error shape, empty for anything else."""

    status: int
    headers: Mapping[str, str]
    code: str = ""


@dataclass(frozen=True)
class Check:
    """One look and what was seen.

    Attributes:
        name: what was looked at, for example `callback certificate`.
        ok: `True` = well, `False` = to be mended, `None` = not measured, or merely worth knowing.
        words: what was seen.
        what_to_do: the next step; empty when there is none.
    """

    name: str
    ok: bool | None
    words: str
    what_to_do: str = ""
