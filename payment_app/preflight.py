"""What is looked at before anything is built or served: the settings, and whose database it is."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import NoReturn

from payment_app.services.operations.environment_mark import foreign_problem
from payment_app.settings import Settings, read_settings
from payment_app.settings.addresses import is_loopback


def look(env_file: str | None = ".env") -> tuple[Settings | None, list[str]]:
    """The settings (`None` if unreadable), and every reason not to start with them."""
    settings, problems = read_settings(env_file)
    if settings is not None:
        foreign = foreign_problem(settings.database_url, settings.environment)
        problems += [foreign] if foreign else []
    return settings, problems


def settings_or_exit() -> Settings:
    """The settings of this process; with any reason not to start it ends here, with code 2."""
    settings, problems = look()
    if settings is None or problems:
        refuse(problems)
    return settings


def strays(settings: Settings, host: str, origins: Iterable[str]) -> list[str]:
    """Where Reflex was told otherwise than the settings say, so that their check means nothing.

    Args:
        host, origins: what Reflex will use.
    """
    found = []
    if settings.simulated and not is_loopback(host):
        found.append("REFLEX_BACKEND_HOST and --backend-host may not open simulator mode.")
    if set(origins) != set(settings.allowed_origins):
        found.append("REFLEX_CORS_ALLOWED_ORIGINS must not be set: PUBLIC_URL says it.")
    return found


def refuse(problems: Iterable[str]) -> NoReturn:
    """End this process with code 2, and say why."""
    sys.stderr.write("The app does not start:\n")
    sys.stderr.writelines(f"- {problem}\n" for problem in problems)
    sys.stderr.flush()
    raise SystemExit(2)
