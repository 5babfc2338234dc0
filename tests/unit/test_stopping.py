"""The stop signal reaches what would hold up the server, beside the server's own handling."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Iterator

import pytest

from payment_app.stopping import at_stop_signal


@pytest.fixture(autouse=True)
def _same_handlers_afterwards() -> Iterator[None]:
    before = {sign: signal.getsignal(sign) for sign in (signal.SIGINT, signal.SIGTERM)}
    yield
    for sign, handler in before.items():
        signal.signal(sign, handler)


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM])
async def test_both_hear_it(sign: signal.Signals) -> None:
    heard: list[str] = []
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(sign, heard.append, "server")
    try:
        with at_stop_signal(lambda: heard.append("ours")):
            os.kill(os.getpid(), sign)
            await asyncio.sleep(0.05)
        assert sorted(heard) == ["ours", "server"]
        os.kill(os.getpid(), sign)
        await asyncio.sleep(0.05)
        assert sorted(heard) == ["ours", "server", "server"]
    finally:
        loop.remove_signal_handler(sign)


async def test_a_handler_that_was_set_is_called_as_well() -> None:
    heard: list[object] = []
    signal.signal(signal.SIGTERM, lambda number, frame: heard.append(number))
    with at_stop_signal(lambda: heard.append("ours")):
        os.kill(os.getpid(), signal.SIGTERM)
        await asyncio.sleep(0.05)
    assert heard == [signal.SIGTERM, "ours"]


async def test_a_signal_that_ends_the_process_goes_on_doing_so() -> None:
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    with at_stop_signal(lambda: None):
        assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL


async def test_another_thread_changes_no_handler() -> None:
    def elsewhere() -> object:
        with at_stop_signal(lambda: None):
            return signal.getsignal(signal.SIGTERM)

    before = signal.getsignal(signal.SIGTERM)
    assert await asyncio.to_thread(elsewhere) is before
