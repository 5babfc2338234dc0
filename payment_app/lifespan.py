"""From built services to a running app, and back."""

from __future__ import annotations

import asyncio

from payment_app import background
from payment_app.bootstrap import App
from payment_app.services.demo.bookings import seed_demo
from payment_app.services.demo.members import demo_password, seed_demo_staff
from payment_app.storage.migrate import migrate


async def start(app: App) -> None:
    """Migrate, see what the database is, seed the demo, and begin the background work."""
    await asyncio.to_thread(migrate, app.settings.database_url)
    await app.restore.begin()
    if app.settings.simulated:
        await seed_demo(app.database, app.clock)
        await seed_demo_staff(app.database, app.clock, demo_password(app.settings))
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
