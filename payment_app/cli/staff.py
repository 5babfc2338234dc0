"""`create-staff`: the first member of staff of an installation."""

from __future__ import annotations

import argparse
import asyncio
import getpass
import sys
from typing import TYPE_CHECKING

from payment_app.cli.outcome import OK, NotWell, database_errors, the_settings

if TYPE_CHECKING:
    from payment_app.settings import Settings


def create_staff(options: argparse.Namespace, _: list[str]) -> int:
    """Make a member of staff; the password is asked for, or read from standard input."""
    from payment_app.domain.errors import Refusal
    from payment_app.services.operations.environment_mark import ForeignDatabase, refuse_foreign
    from payment_app.storage.migrate import migrate as bring_up

    settings = the_settings()
    password = _asked_password()
    try:
        with database_errors("The database could not be written"):
            refuse_foreign(settings.database_url, settings.environment)
            bring_up(settings.database_url)
            asyncio.run(_hire(settings, options, password))
    except Refusal as refusal:
        raise NotWell(refusal.sentence) from refusal
    except ForeignDatabase as foreign:
        raise NotWell(str(foreign)) from foreign
    print(f"{options.email} can sign in at {settings.origin}/staff/login as {options.role}.")
    return OK


async def _hire(settings: Settings, options: argparse.Namespace, password: str) -> None:
    from payment_app.domain.staff import Role
    from payment_app.services.shared.clock import system_clock
    from payment_app.services.shared.keys.kept_secrets import secret_key
    from payment_app.services.staff.accounts import Accounts
    from payment_app.storage.database import Database

    database = Database(settings.database_url)
    accounts = Accounts(database, system_clock, secret_key(settings))
    role = Role(options.role)
    try:
        await accounts.create(email=options.email, name=options.name, role=role, password=password)
    finally:
        await database.close()


def _asked_password() -> str:
    """Typed twice at a terminal, else the first line of standard input."""
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\n")
    first = getpass.getpass("Password (at least 12 characters): ")
    if getpass.getpass("The same again: ") != first:
        raise NotWell("The two passwords are not the same. Nothing was made.")
    return first
