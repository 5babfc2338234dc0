"""Hints between processes: one LISTEN connection for each worker, feeding its own hub."""

from __future__ import annotations

import asyncio
import os
import socket
from contextlib import suppress

import psycopg
import structlog
from sqlalchemy.engine import make_url

from payment_app.live.hub import Hub

CHANNEL = "payment_hint"
CHECK_EVERY = 10.0
"""Seconds of silence after which the connection is asked whether it still lives."""

_ANSWER_WITHIN = 5.0
_FIRST_WAIT = 0.1
_MOST_WAIT = 1.0
"""Seconds between tries; a try costs nothing, and every page waits for it."""

log = structlog.get_logger("payment_app.live")


async def listen(database_url: str, hub: Hub, *, check_every: float = CHECK_EVERY) -> None:
    """Pass PostgreSQL's notifications to `hub` until cancelled.

    A lost connection is made again; hints may have been missed meanwhile, so every local watcher is
    then woken to look for itself. A connection that died without a word (a firewall, a machine
    that vanished) is found by asking: nothing else would ever be sent on it.
    """
    wait = _FIRST_WAIT
    while True:
        try:
            connection = await _connect(database_url)
            try:
                await connection.execute(f"LISTEN {CHANNEL}")
                wait = _FIRST_WAIT
                hub.notify_all()
                await _pass_on(connection, hub, check_every)
            finally:
                # Not `async with`: leaving it would wait for the answer of a dead server.
                await connection.close()
        except (psycopg.Error, OSError) as error:
            log.warning("listener_lost", error=type(error).__name__, again_in=wait)
        await asyncio.sleep(wait)
        wait = min(wait * 2, _MOST_WAIT)


async def _connect(database_url: str) -> psycopg.AsyncConnection[tuple[object, ...]]:
    address = make_url(database_url).set(drivername="postgresql")
    return await psycopg.AsyncConnection.connect(
        address.render_as_string(hide_password=False),
        autocommit=True,
        connect_timeout=5,
        application_name="payment_app listener",
    )


async def _pass_on(
    connection: psycopg.AsyncConnection[tuple[object, ...]], hub: Hub, check_every: float
) -> None:
    """Until the connection is lost.

    Raises:
        psycopg.Error, OSError: it is, or it did not answer in time.
    """
    loop = asyncio.get_running_loop()
    while True:
        async for notification in connection.notifies(timeout=check_every):
            hub.notify(notification.payload)
        patience = loop.call_later(_ANSWER_WITHIN, _hang_up, connection)
        try:
            await connection.execute("SELECT 1")
        finally:
            patience.cancel()


def _hang_up(connection: psycopg.AsyncConnection[tuple[object, ...]]) -> None:
    """Cut the line below the driver, whose own way to give up asks the dead server for 10 s."""
    with (
        suppress(psycopg.Error, OSError),
        socket.socket(fileno=os.dup(connection.fileno())) as line,
    ):
        line.shutdown(socket.SHUT_RDWR)
