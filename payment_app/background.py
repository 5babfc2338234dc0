"""Everything that the app does by itself: one row a loop."""

from __future__ import annotations

from payment_app.bootstrap import App
from payment_app.live.postgres import CHANNEL, listen
from payment_app.services.payments.asking.reconciliation import HURRY_EVERY
from payment_app.services.shared.pace.loops import Loop

TICK = 1.0
"""Seconds between looks at what may be due when nothing wakes the loop."""
HOURLY = 3_600.0


def loops(app: App) -> tuple[Loop, ...]:
    """Each piece of background work, how often it runs, and what wakes it early."""
    return (
        Loop("inbox", app.inbox.drain, TICK, wake=app.inbox.arrived),
        Loop("due checks", app.reconciler.tick, TICK),
        Loop("refunds", app.refund_sender.tick, TICK, wake=app.refund_sender.agreed),
        Loop("refund questions", app.refund_questions.tick, TICK),
        Loop("open pages", lambda: app.reconciler.hurry(app.hub.topics), HURRY_EVERY),
        Loop("recovery", app.recovery.probe, TICK),
        Loop("restore", app.restore.work, TICK),
        Loop("housekeeping", app.housekeeping.tidy, HOURLY),
        Loop("invariants", app.invariants.check_daily, HOURLY),
        Loop("checkpoint", app.checkpoints.take_daily, HOURLY),
        *_between_processes(app),
    )


def start(app: App) -> None:
    """Begin all of them; on a database that has room for several workers, also to talk."""
    if not app.database.is_sqlite:
        app.database.notify_channel = CHANNEL
    app.loops.start(loops(app))


def _between_processes(app: App) -> tuple[Loop, ...]:
    """Other workers and machines may serve the same pages: their hints come by PostgreSQL."""
    if app.database.is_sqlite:
        return ()
    return (Loop("hints", lambda: listen(app.settings.database_url, app.hub), TICK),)
