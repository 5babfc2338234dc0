"""`simulator` and `seed-payments`: what never touches money."""

from __future__ import annotations

import argparse
import sys

from dotenv import load_dotenv
from starlette.types import ASGIApp

from payment_app.api.middleware.hosts import LocalOnly
from payment_app.cli.outcome import OK, NotWell, database_errors, the_settings
from payment_app.settings.addresses import is_loopback


def simulator(_: argparse.Namespace, rest: list[str]) -> int:
    """Serve the simulator alone until Ctrl-C."""
    from payment_app.daraja import HttpPoster
    from payment_app.simulator import main as serve

    load_dotenv(".env")  # it reads SIMULATOR_AUTO_COMPLETE_SECONDS from the environment
    return serve(rest, deliver_factory=HttpPoster, guard=_guard)


def _guard(app: ASGIApp, host: str) -> ASGIApp:
    """Who serves this machine only answers to its names only; other names are the operator's."""
    return LocalOnly(app) if is_loopback(host) else app


def seed_payments(options: argparse.Namespace, _: list[str]) -> int:
    """Fill the database with a long history; refused where money is real."""
    from payment_app.services.demo.seeding import seed_payments as seed
    from payment_app.services.operations.environment_mark import ForeignDatabase, open_database
    from payment_app.services.shared.clock import system_clock
    from payment_app.services.shared.keys.kept_secrets import keyring

    settings = the_settings()
    if not settings.simulated:
        raise NotWell("Only in simulator mode: these payments never happened.")

    def progress(done: int) -> None:
        if sys.stderr.isatty():
            print(f"\r{done:,} of {options.count:,}", end="", file=sys.stderr, flush=True)

    url, now, keys = settings.database_url, system_clock(), keyring(settings)
    try:
        with database_errors("The database could not be written"):
            open_database(url, settings.environment, now)
            made = seed(url, options.count, now, keyring=keys, progress=progress)
    except ForeignDatabase as foreign:
        raise NotWell(str(foreign)) from foreign
    print(f"{made:,} payments of the past 13 months were made.")
    return OK
