"""Hints between processes: one LISTEN connection for each worker, feeding its own hub."""

from __future__ import annotations

import asyncio

import psycopg
import structlog
from sqlalchemy.engine import make_url

from payment_app.live.hub import Hub

CHANNEL = "payment_hint"
_FIRST_WAIT = 0.2
_MOST_WAIT = 10.0

log = structlog.get_logger("payment_app.live")


async def listen(database_url: str, hub: Hub) -> None:
    """Pass PostgreSQL's notifications to `hub` until cancelled.

    A lost connection is made again with growing pauses; hints may have been missed meanwhile, so
    every local watcher is then woken to look for itself.
    """
    address = make_url(database_url).set(drivername="postgresql")
    conninfo = address.render_as_string(hide_password=False)
    wait = _FIRST_WAIT
    while True:
        try:
            async with await psycopg.AsyncConnection.connect(
                conninfo, autocommit=True
            ) as connection:
                await connection.execute(f"LISTEN {CHANNEL}")
                wait = _FIRST_WAIT
                hub.notify_all()
                async for notification in connection.notifies():
                    hub.notify(notification.payload)
        except psycopg.OperationalError as error:
            log.warning("listener_lost", error=type(error).__name__, again_in=wait)
        await asyncio.sleep(wait)
        wait = min(wait * 2, _MOST_WAIT)
