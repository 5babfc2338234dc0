"""What stands in a `.env` file and would be lost without a word: a setting that nobody set."""

from __future__ import annotations

from collections.abc import Iterator
from io import StringIO
from pathlib import Path

from dotenv.parser import parse_stream

from payment_app.settings.invisible import has_invisible


def file_problems(env_file: str | None) -> list[str]:
    """One sentence for each line that says nothing to the app; empty without a file."""
    if env_file is None or not (path := Path(env_file)).is_file():
        return []
    try:
        with path.open(encoding="utf-8-sig") as file:
            return list(_lost(env_file, file.read()))
    except UnicodeDecodeError:
        return [f"{env_file} is not UTF-8 text: save it again as UTF-8."]
    except OSError as error:
        return [f"{env_file} cannot be read ({type(error).__name__})."]


def _lost(env_file: str, text: str) -> Iterator[str]:
    for binding in parse_stream(StringIO(text)):
        where = f"Line {binding.original.line} of {env_file}"
        if binding.error:
            yield f"{where} cannot be read: it takes NAME=value, and a quote must be closed."
        elif binding.key is not None and has_invisible(binding.key):
            yield f"{where} has a blank or an invisible character in its name: type it again."
