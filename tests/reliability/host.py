"""The app without its pages as a process of its own, quick to start, made to be killed.

`python -m tests.reliability.host '{"port": …}'`: real services, real API, real HTTP, a real
database; the rail is a simulator in another process, so that its ledger outlives every kill.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta

import uvicorn
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from payment_app import lifespan
from payment_app.api.app import create_api
from payment_app.api.middleware import Edge
from payment_app.bootstrap import App
from payment_app.logs import set_up_logs
from payment_app.services.shared import failpoint
from payment_app.settings import SIMULATOR_PASSKEY, Settings

API_KEY = "a-key-of-the-reliability-suite"


@dataclass(frozen=True)
class Host:
    """What one process is told.

    Attributes:
        callback_base: where Daraja is told to call back.
        epoch, speed: its clock starts at `epoch` (seconds since 1970) and runs `speed` times
            as fast as the wall's; a restart with the same epoch goes on where it would have been.
        die_at: ends by SIGKILL when that step of the flow is reached for the `die_times`-th time.
    """

    port: int
    database_url: str
    daraja_url: str
    callback_base: str
    epoch: float
    speed: float = 1.0
    die_at: str | None = None
    die_times: int = 1
    calls_per_second: float = 10.0

    def command(self) -> list[str]:
        """How to start it."""
        return [sys.executable, "-m", "tests.reliability.host", json.dumps(asdict(self))]

    def now(self) -> datetime:
        """Its clock."""
        wall = datetime.now(UTC)
        start = datetime.fromtimestamp(self.epoch, UTC)
        return start + timedelta(seconds=(wall - start).total_seconds() * self.speed)

    def settings(self) -> Settings:
        """As an operator would set them for a foreign sandbox."""
        return Settings(
            _env_file=None,
            mpesa_environment="sandbox",
            mpesa_consumer_key="key",
            mpesa_consumer_secret="secret",
            mpesa_shortcode="174379",
            mpesa_passkey=SIMULATOR_PASSKEY,
            mpesa_base_url=self.daraja_url,
            mpesa_callback_url=self.callback_base,
            database_url=self.database_url,
            secret_key="x" * 40,
            api_keys=(API_KEY,),
            port=self.port,
            mpesa_calls_per_second=self.calls_per_second,
        )


def arm(host: Host) -> None:
    """Make the process end itself at the step it was told, without any goodbye."""
    seen: Counter[str] = Counter()

    def hook(step: failpoint.Step) -> None:
        seen[step] += 1
        if step == host.die_at and seen[step] == host.die_times:
            os.kill(os.getpid(), signal.SIGKILL)

    failpoint.hook = hook


class OwnSignals(uvicorn.Server):
    """Ends at SIGTERM, and then lets the process end as it likes."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGTERM, self.handle_exit, signal.SIGTERM, None)
        yield


async def serve(host: Host) -> None:
    """Until SIGTERM."""
    arm(host)
    runtime = App(host.settings(), clock=host.now)
    api = create_api()
    api.state.services = runtime

    async def page(kind: str, token: str, request: Request) -> Response:
        """No page: here the rail and the books are tested, and Reflex would only cost time."""
        return PlainTextResponse("", 404)

    async def signed_in(cookies: str) -> bool:
        return await runtime.visitors.member(cookies, "") is not None

    edge = Edge(api, link_page=page, signed_in=signed_in, page_policy="default-src 'self'")
    server = OwnSignals(
        uvicorn.Config(edge, port=host.port, ws="none", lifespan="off", log_config=None)
    )
    await lifespan.start(runtime)
    await server.serve()
    await lifespan.stop(runtime)


if __name__ == "__main__":
    set_up_logs()
    asyncio.run(serve(Host(**json.loads(sys.argv[1]))))
