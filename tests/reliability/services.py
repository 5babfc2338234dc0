"""A PostgreSQL and a Redis of a test's own, on free ports: they can be killed and come back.

The shared servers of the machine are never touched. PostgreSQL refuses to run as root, so a root
shell runs it as the user `postgres`.
"""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psycopg

from tests.conftest import missing
from tests.server import free_port

_PATIENCE = 30.0


class OwnPostgresql:
    """One cluster; `url` names an empty database in it."""

    def __init__(self, *options: str) -> None:
        """`options` are settings of the server, such as `max_connections=100`."""
        self._folder = Path(tempfile.mkdtemp(prefix="own-postgresql-"))
        self._data = self._folder / "data"
        self._options = options
        self.port = free_port()
        self._binaries = postgresql_binaries()
        self._process: subprocess.Popen[bytes] | None = None
        if os.geteuid() == 0:
            account = pwd.getpwnam("postgres")
            os.chown(self._folder, account.pw_uid, account.pw_gid)
        self._run("initdb", "-D", str(self._data), "-A", "trust", "-U", "postgres", "--no-sync")

    @property
    def url(self) -> str:
        """The address that the app is given."""
        return f"postgresql://postgres@127.0.0.1:{self.port}/postgres"

    def start(self) -> None:
        """Start and wait until it answers."""
        settings = [f"port={self.port}", "listen_addresses=127.0.0.1", *self._options]
        settings.append(f"unix_socket_directories={self._folder}")
        arguments = [part for setting in settings for part in ("-c", setting)]
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [str(self._binaries / "postgres"), "-D", str(self._data), *arguments],
                stdout=log,
                stderr=log,
                user="postgres" if os.geteuid() == 0 else None,
                cwd=self._folder,
            )
        _wait_until(self._answers, "PostgreSQL did not start")

    def stop(self) -> None:
        """Roll open transactions back and end, as an administrator's restart does."""
        self._signal(signal.SIGINT)

    def kill(self) -> None:
        """End without goodbye; the next start recovers from the log."""
        self._signal(signal.SIGQUIT)

    def close(self) -> None:
        """End for good."""
        self.kill()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _signal(self, sign: signal.Signals) -> None:
        if self._process is not None:
            self._process.send_signal(sign)
            self._process.wait(_PATIENCE)
            self._process = None

    def _run(self, program: str, *arguments: str) -> None:
        subprocess.run(
            [str(self._binaries / program), *arguments],
            check=True,
            capture_output=True,
            user="postgres" if os.geteuid() == 0 else None,
            cwd=self._folder,
        )

    def _answers(self) -> bool:
        try:
            psycopg.connect(self.url, connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True


class OwnRedis:
    """One server without a log on disk: a kill forgets everything."""

    def __init__(self) -> None:
        program = shutil.which("redis-server")
        if program is None:
            missing("redis-server on PATH")
        self._program = str(program)
        self._folder = tempfile.mkdtemp(prefix="own-redis-")
        self.port = free_port()
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """The address that the app is given."""
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        """Start and wait until it answers."""
        self._process = subprocess.Popen(
            [self._program, *f"--port {self.port} --bind 127.0.0.1 --appendonly no".split()],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd=self._folder,
        )
        _wait_until(lambda: self.ask("PING") == b"+PONG\r\n", "Redis did not start")

    def ask(self, *words: str) -> bytes:
        """The beginning of the answer to one command; empty when nobody answers."""
        with suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 2) as line:
            line.sendall(" ".join(words).encode() + b"\r\n")
            return line.recv(65_536)
        return b""

    def kill(self) -> None:
        """End at once; everything in it is gone."""
        if self._process is not None:
            self._process.kill()
            self._process.wait(_PATIENCE)
            self._process = None

    def freeze(self) -> None:
        """Keep every connection and answer nothing, until `thaw`."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Go on."""
        assert self._process is not None
        self._process.send_signal(signal.SIGCONT)

    def close(self) -> None:
        """End for good."""
        self.kill()
        shutil.rmtree(self._folder, ignore_errors=True)


def postgresql_binaries() -> Path:
    """The newest installed PostgreSQL's programs, which Debian keeps off PATH."""
    on_path = shutil.which("initdb")
    if on_path:
        return Path(on_path).parent
    installed = Path("/usr/lib/postgresql").glob("*/bin/initdb")
    newest = max(installed, key=lambda path: int(path.parts[-3]), default=None)
    if newest is None:
        missing("PostgreSQL's programs (initdb, postgres)")
    assert newest is not None
    return newest.parent


@contextmanager
def own_postgresql(*options: str) -> Iterator[OwnPostgresql]:
    """A running cluster, gone afterwards."""
    server = OwnPostgresql(*options)
    try:
        server.start()
        yield server
    finally:
        server.close()


@contextmanager
def own_redis() -> Iterator[OwnRedis]:
    """A running Redis, gone afterwards."""
    server = OwnRedis()
    try:
        server.start()
        yield server
    finally:
        server.close()


def _wait_until(true: Callable[[], bool], otherwise: str) -> None:
    deadline = time.monotonic() + _PATIENCE
    while not true():
        if time.monotonic() > deadline:
            raise AssertionError(otherwise)
        time.sleep(0.05)
