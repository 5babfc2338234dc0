"""Two hundred sockets that come and go for ten minutes, some of them hostile, leave nothing behind.

`SOAK_SECONDS` and `SOAK_SOCKETS` make it shorter or smaller.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.security.handlers import handlers
from tests.security.hostile_text import TEXTS
from tests.security.tabs import FRAMEWORK, Tab, open_pages, within
from tests.server import Server, run_app

ROOT = Path(__file__).parents[2]
SECONDS = float(os.environ.get("SOAK_SECONDS", "600"))
SOCKETS = int(os.environ.get("SOAK_SOCKETS", "200"))
WARM_UP = 15.0
BACK_WITHIN = 10.0
"""Seconds after which memory and open pages are what they were."""
SLOWEST_HEALTH = 0.2
"""Seconds that /healthz may take at any moment."""
_MEMORY_MORE = 1.15
_PAGES = ("/staff", "/staff/payments", "/staff/payments/1", "/staff/settings", "/staff/account")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with run_app(tmp_path_factory.mktemp("soak"), pages=False) as running:
        yield running


@dataclass
class Crowd:
    """Visitors of all kinds.

    Attributes:
        names: tabs that somebody had before: others take them over.
    """

    server: Server
    cookies: list[str]
    links: list[str]
    dice: random.Random = field(default_factory=lambda: random.Random(7))
    names: list[str] = field(default_factory=list)
    opened: int = 0
    sent: int = 0

    async def come_and_go(self, until: float) -> None:
        """One visitor after another on one socket each."""
        while time.monotonic() < until:
            with suppress(OSError, EOFError, TimeoutError, AssertionError):
                async with asyncio.timeout(20):
                    await self._visit(until)
            await asyncio.sleep(self.dice.uniform(0.1, 1.0))

    async def _visit(self, until: float) -> None:
        tab = self._tab()
        try:
            await tab.open(boot=self.dice.random() < 0.9)
            self.opened += 1
            for _ in range(self.dice.randint(1, 12)):
                if time.monotonic() > until:
                    return
                await self._act(tab)
                await asyncio.sleep(self.dice.uniform(0.2, 1.5))
        finally:
            await tab.close()

    def _tab(self) -> Tab:
        dice = self.dice
        path = dice.choice((*_PAGES, *self.links, *self.links, "/pay/" + "x" * 43))
        cookie = dice.choice((*self.cookies, "", "staff_session=nobody"))
        tab = Tab(f"{self.server.url}{path}", cookie=cookie)
        if self.names and dice.random() < 0.3:
            tab.token = dice.choice(self.names)
        self.names = [*self.names[-200:], tab.token]
        return tab

    async def _act(self, tab: Tab) -> None:
        self.sent += 1
        dice, every = self.dice, handlers()
        match dice.randint(0, 5):
            case 0 | 1:
                handler = dice.choice(every)
                await tab.call(handler.full_name, handler.payload)
            case 2:
                await tab.call(dice.choice(FRAMEWORK), {"info": self._text(), "vars": {}})
            case 3:
                await tab.call(dice.choice(every).full_name, {"form": {"phone": self._text()}})
            case 4:
                await tab.call(self._text()[:500], {self._text()[:200]: self._text()})
            case _:
                packet: Any = dice.choice((None, [], {"name": {}}, {"name": "x", "payload": 1}))
                await tab._send(f'42/_event,["event",{json.dumps(packet)}]')

    def _text(self) -> str:
        return self.dice.choice(list(TEXTS.values()))[: self.dice.choice((100, 5_000, 30_000))]


async def ask_health(server: Server, seconds: float) -> list[float]:
    """How long each answer of /healthz took, as a process beside the crowd saw it."""
    asking = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.security.health_clock", server.url, str(seconds)),
        stdout=asyncio.subprocess.PIPE,
        cwd=ROOT,
    )
    said, _ = await asking.communicate()
    assert asking.returncode == 0
    took: list[float] = json.loads(said)
    return took


def memory(server: Server) -> int:
    """Bytes that the app's processes hold."""
    total = 0
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError, IndexError, ValueError):
            if os.getpgid(int(process.name)) == server.process.pid:
                pages = int((process / "statm").read_text(encoding="ascii").split()[1])
                total += pages * os.sysconf("SC_PAGE_SIZE")
    return total


async def soak(crowd: Crowd, seconds: float) -> list[float]:
    """Let the crowd in for a while; how long each answer of /healthz took."""
    until = time.monotonic() + seconds
    visitors = (crowd.come_and_go(until) for _ in range(SOCKETS))
    took, *_ = await asyncio.gather(ask_health(crowd.server, seconds), *visitors)
    return took


@pytest.mark.slow
async def test_a_long_hostile_day_leaves_nothing_behind(server: Server) -> None:
    links = [server.booking()["pay_url"].removeprefix(server.url) for _ in range(5)]
    cookies = [server.sign_in(role) for role in ("admin", "viewer", "finance")]
    crowd = Crowd(server, cookies, links)
    start = open_pages(server)
    await soak(crowd, min(WARM_UP, SECONDS / 4))  # what the first visitors make is kept for all
    await asyncio.sleep(BACK_WITHIN)
    before = memory(server)
    took = await soak(crowd, SECONDS)
    await within(BACK_WITHIN, lambda: open_pages(server) <= start)
    await within(BACK_WITHIN, lambda: memory(server) <= before * _MEMORY_MORE)
    took.sort()
    print(f"{crowd.opened} sockets, {crowd.sent} events; memory {before} -> {memory(server)}")
    print(f"/healthz {len(took)} times, median {took[len(took) // 2]:.4f}, worst {took[-1]:.4f}")
    assert crowd.opened > SOCKETS
    assert took[-1] < SLOWEST_HEALTH
