"""The app as a stranger starts it: a copy of the checkout, `reflex run --env prod`, a free port."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import httpx

from tests.front_end import front_end

ROOT = Path(__file__).parent.parent
_NEEDED = (
    "payment_app",
    "assets",
    "reflex.lock",
    "rxconfig.py",
    "requirements.txt",
    "pyproject.toml",
)
_numbers = count(1)


@dataclass
class Server:
    """A running app."""

    url: str
    log: Path
    process: subprocess.Popen[bytes]
    api_key: str = "simulator-key"
    environment: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.api = httpx.Client(
            base_url=self.url, headers={"Authorization": f"Bearer {self.api_key}"}, timeout=30
        )

    def booking(self, amount: int = 2_500, **more: Any) -> dict[str, Any]:
        """A fresh booking, as the API answers it."""
        number = next(_numbers)
        customer = {"name": "Wanjiku Kamau", "phone_number": "0712345678"}
        body = {
            "reference": f"T{os.getpid() % 100_000}{number}",
            "title": "Storage unit B12, December",
            "amount": amount,
            "customer": customer,
            "details": {"Unit": "B12, 6 m²", "Dates": "1–31 December 2026"},
        }
        answer = self.api.post("/api/bookings", json=body | more)
        assert answer.status_code == 201, answer.text
        booking: dict[str, Any] = answer.json()
        return booking

    @property
    def folder(self) -> Path:
        """Where it runs and keeps its data."""
        return self.log.parent

    @property
    def demo_password(self) -> str:
        """What every demo member signs in with."""
        return (self.folder / "data" / "demo_password").read_text(encoding="utf-8")

    def sign_in(self, role: str) -> str:
        """A demo member's session, as a Cookie header."""
        body = {"email": f"{role}@demo.local", "password": self.demo_password}
        answer = httpx.post(f"{self.url}/api/staff/session", json=body, timeout=30)
        assert answer.status_code == 200, answer.text
        return "; ".join(f"{name}={value}" for name, value in answer.cookies.items())

    def control(self, **order: Any) -> dict[str, Any]:
        """Order the simulator about."""
        answer = self.api.post("/simulator/control", json=order)
        assert answer.status_code == 200, answer.text
        state: dict[str, Any] = answer.json()
        return state


def fresh_phone() -> str:
    """A number that no test has used yet, as typed."""
    return f"07{next(_numbers):08d}"


def msisdn(typed: str) -> str:
    """The number as M-Pesa writes it."""
    return f"254{typed[1:]}"


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def run_app(folder: Path, *, pages: bool = True, **environment: str) -> Iterator[Server]:
    """Start the app in `folder`, wait until it is ready, end it afterwards.

    Without `pages` it starts in a second: sockets and API, but no file for a browser.
    """
    for name in _NEEDED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        elif source.exists():
            shutil.copy(source, folder / name)
    port = int(environment.setdefault("PORT", str(free_port())))
    # Every visitor of a test comes from this machine.
    environment.setdefault("SOCKETS_PER_ADDRESS", "100000")
    log = folder / "app.log"
    url = f"http://localhost:{port}"
    simulated = "MPESA_CONSUMER_KEY" not in environment
    running = []
    try:
        built = front_end(folder, origin=environment.get("PUBLIC_URL", url), simulated=simulated)
        with built if pages else nullcontext():
            running.append(_launch(log, environment, pages))
            _wait_until_ready(url, running[0], log)
        key = environment.get("API_KEYS", "simulator-key")
        server = Server(url, log, running[0], key, environment)
        yield server
        server.api.close()
        running.append(server.process)
    finally:
        for process in running:
            end(process)


def start_again(server: Server) -> None:
    """Start an app that was killed, in its folder and with its data."""
    server.process.wait(15)
    server.process = _launch(server.log, server.environment)
    try:
        _wait_until_ready(server.url, server.process, server.log)
    except BaseException:
        end(server.process)
        raise


def _launch(log: Path, environment: dict[str, str], pages: bool = True) -> subprocess.Popen[bytes]:
    only = [] if pages else ["--backend-only"]
    with log.open("ab") as output:
        return subprocess.Popen(
            [sys.executable, "-m", "reflex", "run", "--env", "prod", *only],
            cwd=log.parent,
            env=os.environ | environment,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )


def _wait_until_ready(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 180
    while time.monotonic() < deadline:
        assert process.poll() is None, f"the app ended at start:\n{log.read_text()[-3000:]}"
        try:
            if httpx.get(f"{url}/readyz", timeout=5).status_code == 200:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.2)
    raise AssertionError(f"the app was not ready in time:\n{log.read_text()[-3000:]}")


def end(process: subprocess.Popen[bytes]) -> None:
    """Stop a process group that we started."""
    for sign in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(process.pid, sign)
            process.wait(15)
        except ProcessLookupError:
            return
        except subprocess.TimeoutExpired:
            continue
        else:
            return
