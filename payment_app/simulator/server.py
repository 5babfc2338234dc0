"""The simulator on its own: one server with the rail at the root and the phone at `/simulator`."""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import socket
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress

import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send

from payment_app.simulator.mpesa.exchange import good_auto_complete
from payment_app.simulator.settings import Deliver, SimulatorConfig, SimulatorError
from payment_app.simulator.simulator import Simulator

PHONE_PATH = "/simulator"
PATIENCE = 3
"""Seconds that answers under way may still take at the end."""
KEPT_ALIVE = 75
"""Seconds that an idle connection stays open: longer than clients keep theirs, so that no call
runs into one that is just being closed."""
BACKLOG = 2_048
Guard = Callable[[ASGIApp, str], ASGIApp]
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


def main(
    argv: Sequence[str],
    *,
    deliver_factory: Callable[[], Deliver],
    guard: Guard = lambda app, host: app,
) -> int:
    """Serves the simulator until SIGINT or SIGTERM.

    Args:
        argv: the words behind `python -m payment_app simulator`.
        deliver_factory: called once in the running event loop; makes what posts callbacks. If
            that has an `aclose()` coroutine method, it is awaited at the end.
        guard: what stands before the app, given the address that it listens on.

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
    return asyncio.run(_serve(options.host, options.port, config, deliver_factory, guard))


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


class _Server(uvicorn.Server):
    """Ends at SIGINT or SIGTERM, answers that would never end by themselves first."""

    def __init__(self, app: ASGIApp, simulator: Simulator) -> None:
        # A server in plain Python: granian, which serves the app, detaches native threads when it
        # is embedded, and those abort the process now and then when it ends under an open stream
        # (https://github.com/emmett-framework/granian/issues/693).
        config = uvicorn.Config(
            app,
            http="h11",
            ws="none",
            lifespan="on",
            log_config=None,
            log_level="critical",  # a simulated fault is an exception to the server
            access_log=False,
            server_header=False,
            timeout_keep_alive=KEPT_ALIVE,
            timeout_graceful_shutdown=PATIENCE,
        )
        super().__init__(config)
        self._simulator = simulator

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Waits for answers under way, at most `PATIENCE`, then ends the lifespan."""
        self._simulator.hang_up()
        await super().shutdown(sockets)

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Unlike uvicorn's own, does not raise the signal again: an orderly end exits with 0."""
        loop = asyncio.get_running_loop()
        for name in (signal.SIGINT, signal.SIGTERM):
            with suppress(NotImplementedError):
                loop.add_signal_handler(name, self.handle_exit, name, None)
        yield


async def _serve(
    host: str,
    port: int,
    config: SimulatorConfig,
    deliver_factory: Callable[[], Deliver],
    guard: Guard,
) -> int:
    try:
        listener = _listen(host, port)
    except OSError as error:
        sys.stderr.write(f"Cannot serve at {host}:{port}: {error}\n")
        return 1
    deliver = deliver_factory()
    sys.stdout.write(
        f"Daraja simulator at http://{host}:{port}\n"
        f"Test phone at http://{host}:{port}{PHONE_PATH}\n"
    )
    sys.stdout.flush()
    simulator = Simulator(config, deliver=deliver)
    try:
        await _Server(guard(Standalone(simulator), host), simulator).serve([listener])
    finally:
        aclose = getattr(deliver, "aclose", None)
        if aclose is not None:
            await aclose()
    return 0


def _listen(host: str, port: int) -> socket.socket:
    """A bound socket; OSError when the address cannot be had."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    return socket.create_server((host, port), family=family, backlog=BACKLOG)
