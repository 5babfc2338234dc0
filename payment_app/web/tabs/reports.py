"""What goes wrong for an open page, as the log says it: so often and no more.

Whoever holds a socket can cause such lines, a page of traceback each.
"""

from __future__ import annotations

import structlog

from payment_app.services.shared.seldom import Seldom

log = structlog.get_logger("payment_app.web")

A_MINUTE = 20
_told = Seldom(A_MINUTE, 60.0)


def event_failed(exception: Exception) -> None:
    """Log an event of a page that failed; the page itself says what it can say."""
    left_out = _told.left_out("event")
    if left_out is not None:
        log.error("page_event_failed", error=repr(exception), left_out=left_out, exc_info=exception)


def browser_failed(exception: Exception) -> None:
    """Log what a browser reports about itself."""
    left_out = _told.left_out("browser")
    if left_out is not None:
        log.error("browser_reported", error=str(exception), left_out=left_out)
