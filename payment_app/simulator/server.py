"""The simulator on its own: one server with the rail at the root and the phone at `/simulator`."""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress

from starlette.types import ASGIApp, Receive, Scope, Send

from payment_app.simulator.exchange import good_auto_complete
from payment_app.simulator.settings import Deliver, SimulatorConfig, SimulatorError
from payment_app.simulator.simulator import Simulator

PHONE_PATH = "/simulator"
_FEEDS_END = 0.2
"""Seconds for closed feeds to reach their phones."""
AUTO_COMPLETE = "SIMULATOR_AUTO_COMPLETE_SECONDS"


class Standalone:
    """Both apps behind one address; starts and stops the simulator with the server."""

    def __init__(self, simulator: Simulator) -> None:
        self.simulator = simulator

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._live(receive, send)
            return
        path, root = scope["path"], scope.get("root_path", "")
        mount = f"{root}{PHONE_PATH}"
        if path == mount or path.startswith(f"{mount}/"):
            await self.simulator.phone_app({**scope, "root_path": mount}, receive, send)
        else:
            await self.simulator.rail_app(scope, receive, send)

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()
        await self.simulator.start()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await self.simulator.stop()
        await send({"type": "lifespan.shutdown.complete"})


def create_standalone(config: SimulatorConfig, deliver: Deliver) -> ASGIApp:
    """One ASGI app: Daraja's paths at the root, the test phone below `/simulator`."""
    return Standalone(Simulator(config, deliver=deliver))


def main(argv: Sequence[str], *, deliver_factory: Callable[[], Deliver]) -> int:
    """Serves the simulator until SIGINT or SIGTERM.

    Args:
        argv: the words behind `python -m payment_app simulator`.
        deliver_factory: called once in the running event loop; makes what posts callbacks. If
            that has an `aclose()` coroutine method, it is awaited at the end.

    Returns:
        The exit code: 0 after an orderly end, 1 when the address cannot be used, 2 for a bad
        argument or environment value.
    """
    try:
        options = _parser().parse_args(argv)
    except SystemExit as exit_:
        return exit_.code if isinstance(exit_.code, int) else 2
    try:
        config = SimulatorConfig(
            auto_complete_seconds=_auto_complete(os.environ),
            any_clock=options.any_clock,
            seed=options.seed,
        )
    except SimulatorError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    return asyncio.run(_serve(options.host, options.port, config, deliver_factory))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m payment_app simulator",
        description="A Daraja for tests: OAuth, STK push, STK query, callbacks, and a test phone.",
    )
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (127.0.0.1)")
    parser.add_argument("--port", type=_port, default=8765, help="port to listen on (8765)")
    parser.add_argument(
        "--any-clock", action="store_true", help="accept timestamps that are not Nairobi time now"
    )
    parser.add_argument("--seed", type=int, help="makes ids and random trouble repeatable")
    return parser


def _port(typed: str) -> int:
    port = int(typed)
    if not 0 < port < 65_536:
        raise ValueError("out of range")
    return port


def _auto_complete(environ: Mapping[str, str]) -> float:
    typed = environ.get(AUTO_COMPLETE, "").strip()
    if not typed:
        return SimulatorConfig.auto_complete_seconds
    try:
        return good_auto_complete(float(typed))
    except ValueError as error:
        raise SimulatorError(f"{AUTO_COMPLETE} must be 0 (never) to 86400 seconds.") from error


async def _serve(
    host: str, port: int, config: SimulatorConfig, deliver_factory: Callable[[], Deliver]
) -> int:
    # Here and not above: an app that mounts the simulator brings its own server.
    from granian.constants import Interfaces
    from granian.server.embed import Server

    deliver = deliver_factory()
    app = Standalone(Simulator(config, deliver=deliver))
    server = Server(
        app, address=host, port=port, interface=Interfaces.ASGI, websockets=False, log_enabled=False
    )
    loop = asyncio.get_running_loop()
    ending: list[asyncio.Task[None]] = []

    async def end() -> None:
        # Open phone pages first: the server aborts now and then when it ends under a live stream.
        await app.simulator.stop()
        await asyncio.sleep(_FEEDS_END)
        server.stop()  # type: ignore[no-untyped-call]

    for name in (signal.SIGINT, signal.SIGTERM):
        with suppress(NotImplementedError):
            loop.add_signal_handler(name, lambda: ending.append(loop.create_task(end())))
    sys.stdout.write(
        f"Daraja simulator at http://{host}:{port}\n"
        f"Test phone at http://{host}:{port}{PHONE_PATH}\n"
    )
    sys.stdout.flush()
    try:
        await server.serve()
    except (OSError, RuntimeError) as error:
        sys.stderr.write(f"Cannot serve at {host}:{port}: {error}\n")
        return 1
    finally:
        aclose = getattr(deliver, "aclose", None)
        if aclose is not None:
            await aclose()
    return 0
