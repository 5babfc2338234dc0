"""No regular expression of ours runs in circles, whatever text a stranger sends it.

Each pattern is found by looking, at the top of a module or inside a function. It is pumped: a text
that it matches is made long at every place, and broken at the end, so that all ways of reading it
are tried.
"""

from __future__ import annotations

import ast
import importlib
import pkgutil
import re
from collections.abc import Iterator
from pathlib import Path
from re import _constants as ops  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any

import pytest

import payment_app
from tests.security.hostile_text import LIMIT, TEXTS, seconds

_PUMPED = 16 * 1024
_LONGEST_PIECE = 10
_FROM_OUR_OWN_BUILD = {"web.built"}
"""These read the files that we ship."""


def modules() -> Iterator[str]:
    """Every module of ours, without those that begin something when they are imported."""
    begin = ("payment_app.payment_app", "payment_app.__main__", "payment_app.storage.migrations")
    for found in pkgutil.walk_packages(payment_app.__path__, "payment_app."):
        if not found.name.startswith(begin):
            yield found.name


def patterns() -> dict[str, re.Pattern[Any]]:
    """All of them, by a name that says where they are."""
    found: dict[str, re.Pattern[Any]] = {}
    for name in modules():
        module = importlib.import_module(name)
        short = name.removeprefix("payment_app.")
        if short in _FROM_OUR_OWN_BUILD:
            continue
        for variable, value in vars(module).items():
            if isinstance(value, re.Pattern):
                found[f"{short}.{variable}"] = value
        assert module.__file__
        for line, text in inline(Path(module.__file__)):
            found[f"{short}:{line}"] = re.compile(text)
    return found


def inline(path: Path) -> Iterator[tuple[int, str]]:
    """The literal patterns of calls such as `re.sub(r"…", …)`."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and isinstance(node.func.value, ast.Name)
            and node.func.value.id == "re"
            and node.func.attr != "compile"
            and node.args
            and isinstance(node.args[0], ast.Constant)
        ):
            yield node.lineno, str(node.args[0].value)


PATTERNS = patterns()


def sample(tree: Any, other: str) -> str:
    """A text that the pattern matches, or nearly; `other` stands wherever anything may."""
    return "".join(_piece(op, value, other) for op, value in tree)


def _piece(op: Any, value: Any, other: str) -> str:
    match op:
        case ops.LITERAL:
            return chr(value)
        case ops.ANY | ops.NOT_LITERAL:
            return other
        case ops.IN:
            return _member(value, other)
        case ops.MAX_REPEAT | ops.MIN_REPEAT | ops.POSSESSIVE_REPEAT:
            least, most, inner = value
            return sample(inner, other) * min(max(int(least), 1), int(most))
        case ops.SUBPATTERN:
            return sample(value[3], other)
        case ops.ATOMIC_GROUP:
            return sample(value, other)
        case ops.BRANCH:
            return sample(value[1][0], other)
    return ""


def _member(members: Any, other: str) -> str:
    first, detail = members[0]
    if first is ops.NEGATE:
        return other
    if first is ops.RANGE:
        return chr(detail[0])
    if first is ops.LITERAL:
        return chr(detail)
    return {ops.CATEGORY_DIGIT: "7", ops.CATEGORY_SPACE: " "}.get(detail, "a")


def pumps(pattern: re.Pattern[Any]) -> Iterator[str]:
    """The pattern's own texts, long at each place."""
    text = pattern.pattern.decode("latin-1") if _is_bytes(pattern) else pattern.pattern
    tree = parser.parse(text, pattern.flags & ~re.UNICODE if _is_bytes(pattern) else pattern.flags)
    for other in "a-":
        whole = sample(tree, other)[:40]
        for start in range(len(whole)):
            for end in range(start + 1, min(len(whole), start + _LONGEST_PIECE) + 1):
                piece = whole[start:end]
                yield whole[:start] + piece * (_PUMPED // len(piece)) + "\x00"


def _is_bytes(pattern: re.Pattern[Any]) -> bool:
    return isinstance(pattern.pattern, bytes)


def only_matched(name: str) -> bool:
    """Whether the code reads texts with this pattern only as a whole or from their beginning."""
    module, _, variable = name.rpartition(".")
    source = importlib.import_module(f"payment_app.{module}").__file__ if module else None
    text = Path(source).read_text(encoding="utf-8") if source else ""
    used = set(re.findall(rf"\b{variable}\.(\w+)\(", text))
    return bool(used) and used <= {"fullmatch", "match"}


def read(name: str, text: str) -> float:
    """Seconds for what code does with a pattern, or may do."""
    pattern = PATTERNS[name]
    given: Any = text.encode("utf-8", "ignore") if _is_bytes(pattern) else text
    hidden: Any = b"" if _is_bytes(pattern) else ""
    if ":" not in name and only_matched(name):
        return seconds(lambda: pattern.fullmatch(given))
    return seconds(lambda: (pattern.sub(hidden, given), pattern.fullmatch(given)))


def test_there_are_patterns_to_look_at() -> None:
    assert {
        "logs._PHONE",
        "domain.phone._SEPARATORS",
        "services.search.reading.parse._TOKEN",
    } <= set(PATTERNS)


@pytest.mark.parametrize("name", PATTERNS)
def test_a_pattern_reads_64_kb_of_any_shape_in_no_time(name: str) -> None:
    slow = (shape for shape, text in TEXTS.items() if read(name, text) > LIMIT)
    assert next(slow, None) is None


@pytest.mark.parametrize("name", PATTERNS)
def test_a_pumped_pattern_ends_in_no_time(name: str) -> None:
    limit = LIMIT * _PUMPED / (64 * 1024) * 2
    slow = (text[:60] for text in pumps(PATTERNS[name]) if read(name, text) > limit)
    assert next(slow, None) is None


@pytest.mark.parametrize(
    "pattern",
    [r"(ws_CO_\w*)[0-9]{9}", r"/assets/.+-[\w-]{8,}\.(js|css)", r"\s+x"],
)
def test_a_pattern_that_runs_in_circles_is_found(pattern: str) -> None:
    limit = LIMIT * _PUMPED / (64 * 1024) * 2
    bad = re.compile(pattern)
    assert any(
        seconds(lambda text=text: bad.sub("", text[:6_000])) > limit / 4  # type: ignore[misc]
        for text in pumps(bad)
    )
