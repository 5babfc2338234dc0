"""Reading the environment, and the refusal to go on with an unsafe one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from payment_app.settings.env_file import file_problems
from payment_app.settings.problems import problems
from payment_app.settings.variables import Settings


class UnsafeSettings(Exception):
    """The app must not start; `problems` holds one sentence for each reason."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


def load_settings(*, env_file: str | None = ".env") -> Settings:
    """Read and check the environment.

    Raises:
        UnsafeSettings: with every problem at once.
    """
    found = file_problems(env_file)
    try:
        settings = Settings(_env_file=env_file)
    except UnicodeDecodeError:
        raise UnsafeSettings(found) from None
    except ValidationError as error:
        found += [_sentence(dict(item)) for item in error.errors()]
        # With defaults in place of what cannot be read, the rest can still be judged.
        unread = {str(item["loc"][0]) for item in error.errors()}
        settings = Settings(
            _env_file=env_file, **{name: Settings.model_fields[name].default for name in unread}
        )
    found += problems(settings)
    if found:
        raise UnsafeSettings(found)
    return settings


def read_settings(env_file: str | None = ".env") -> tuple[Settings | None, list[str]]:
    """The settings even if they are unsafe (`None` if unreadable), and every problem with them."""
    try:
        return load_settings(env_file=env_file), []
    except UnsafeSettings as unsafe:
        found = unsafe.problems
    try:
        return Settings(_env_file=env_file), found
    except (ValidationError, UnicodeDecodeError):
        return None, found


def _sentence(error: Mapping[str, Any]) -> str:
    name = str(error["loc"][0]).upper()
    return f"{name} is not valid: {str(error['msg']).removeprefix('Value error, ')}."
