"""From built services to a running app, and back."""

from __future__ import annotations

import asyncio

from payment_app import background
from payment_app.bootstrap import App
from payment_app.services.demo.bookings import seed_demo
from payment_app.services.demo.members import demo_password, seed_demo_staff
from payment_app.services.operations.environment_mark import open_database


async def start(app: App) -> None:
    """Migrate, see what the database is, seed the demo, and begin the background work.

    Raises:
        ForeignDatabase: the database belongs to another environment; nothing was changed in it.
    """
    settings = app.settings
    await asyncio.to_thread(open_database, settings.database_url, settings.environment, app.clock())
    await app.restore.begin()
    if settings.simulated:
        await seed_demo(app.database, app.clock)
        await seed_demo_staff(app.database, app.clock, demo_password(settings))
    background.start(app)


async def stop(app: App) -> None:
    """Finish what is on its way to Daraja, stop the loops, close the connections."""
    await app.checkout.close()
    await app.loops.stop()
    await app.daraja.aclose()
    await app.call_recorder.close()
    if app.shared_token is not None:
        await app.shared_token.close()
    await app.database.close()
