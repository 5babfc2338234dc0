"""What must happen at the stop signal, before the server's own orderly end.

The app's server waits for every answer under way before it ends the app's lifespan. An answer that
ends only with the app, such as a live feed, would keep it waiting until somebody kills it.
"""

from __future__ import annotations

import asyncio
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def at_stop_signal(act: Callable[[], None]) -> Iterator[None]:
    """While the block runs, SIGINT and SIGTERM also call `act` in the running event loop.

    The server's own handling goes on: an event loop hears of signals by its wake-up descriptor,
    whichever Python handler is set; a handler that was set is called as well.
    """
    if threading.current_thread() is not threading.main_thread():
        yield  # only the main thread can have handlers
        return
    loop = asyncio.get_running_loop()
    former = {number: signal.getsignal(number) for number in _SIGNALS}

    def heard(number: int, frame: FrameType | None) -> None:
        loop.call_soon_threadsafe(act)
        handler = former[signal.Signals(number)]
        if callable(handler):
            handler(number, frame)

    # Where a signal has no handler it ends the process at once, and must go on doing so.
    taken = [number for number, handler in former.items() if callable(handler)]
    for number in taken:
        signal.signal(number, heard)
    try:
        yield
    finally:
        for number in taken:
            signal.signal(number, former[number])
