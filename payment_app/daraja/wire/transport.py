"""The connections under the HTTP client: HTTP/1.1 over asyncio, kept open between calls.

A transport for httpx in place of its own, which took a third of the CPU of a push: its pool looks
at every connection twice for each call, through a layer for event loops that are not ours. What a
call may raise, and when, is the same, as `wire.http` decides by it whether a request can have left:
`ConnectError`, `ConnectTimeout` and `PoolTimeout` before a byte is written, everything else after.
"""

from __future__ import annotations

import asyncio
import select
import ssl
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import Any, TypeAlias, cast

import h11
import httpx

MOST_CONNECTIONS = 20
MOST_IDLE = 10
KEPT_FOR = 5.0
"""Seconds that an idle connection is kept: servers close theirs, and a call could meet that."""
_LONGEST_HEAD = 100 * 1024
"""Bytes of status line and headers."""

_Origin: TypeAlias = tuple[str, str, int]


class Wire(httpx.AsyncBaseTransport):
    """A pool of connections. Belongs to one event loop."""

    def __init__(self) -> None:
        self._idle: dict[_Origin, list[_Line]] = {}
        self._free = asyncio.Semaphore(MOST_CONNECTIONS)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """One exchange; the connection goes back when the response is closed."""
        body = await request.aread()
        timeouts = request.extensions.get("timeout", {})
        with _as(httpx.PoolTimeout):
            async with asyncio.timeout(timeouts.get("pool")):
                await self._free.acquire()
        line = None
        try:
            origin = _origin(request.url)
            line = self._take(origin) or await self._open(origin, timeouts.get("connect"))
            head = await line.ask(request, body, timeouts.get("read"))
        except BaseException:
            self._give_back(line)
            raise
        return httpx.Response(
            head.status_code,
            headers=head.headers.raw_items(),
            stream=_Body(self, line, timeouts.get("read")),
            extensions={"http_version": b"HTTP/" + head.http_version, "reason_phrase": head.reason},
        )

    async def aclose(self) -> None:
        """Close the idle connections; those in use are closed when their call ends."""
        for lines in self._idle.values():
            for line in lines:
                line.close()
        self._idle.clear()

    def _take(self, origin: _Origin) -> _Line | None:
        """The connection that was used last, if it can still be used."""
        lines = self._idle.get(origin, [])
        while lines:
            line = lines.pop()
            if line.is_fresh():
                return line
            line.close()
        return None

    async def _open(self, origin: _Origin, timeout: float | None) -> _Line:  # noqa: ASYNC109
        scheme, host, port = origin
        secure = self._ssl if scheme == "https" else None
        loop = asyncio.get_running_loop()
        with _as(httpx.ConnectTimeout, httpx.ConnectError):
            async with asyncio.timeout(timeout):
                made = await loop.create_connection(
                    lambda: _Line(origin),
                    host,
                    port,
                    ssl=secure,
                    server_hostname=host if secure else None,
                    **_two_families(loop),
                )
        return made[1]

    @cached_property
    def _ssl(self) -> ssl.SSLContext:
        context = httpx.create_ssl_context()
        context.set_alpn_protocols(["http/1.1"])
        return context

    def _give_back(self, line: _Line | None) -> None:
        """A call is over: keep its connection where nothing is left on it."""
        self._free.release()
        if line is None:
            return
        if line.is_reusable() and sum(map(len, self._idle.values())) < MOST_IDLE:
            self._idle.setdefault(line.origin, []).append(line)
        else:
            line.close()


class _Line(asyncio.Protocol):
    """One connection, and the HTTP that is spoken on it."""

    _transport: asyncio.Transport

    def __init__(self, origin: _Origin) -> None:
        self.origin = origin
        self._http = h11.Connection(h11.CLIENT, max_incomplete_event_size=_LONGEST_HEAD)
        self._wake: asyncio.Future[None] | None = None
        self._lost: Exception | None = None
        self._in_use = True
        self._kept_since = 0.0

    # What the event loop tells.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        if self._in_use:
            self._http.receive_data(data)
            self._tell()
        else:
            self.close()  # nobody asked: whatever this is, it answers no request

    def eof_received(self) -> None:
        self._http.receive_data(b"")
        self._tell()

    def connection_lost(self, error: Exception | None) -> None:
        self._lost = error or ConnectionResetError("the connection closed")
        self._tell()

    def _tell(self) -> None:
        if self._wake is not None and not self._wake.done():
            self._wake.set_result(None)

    # What a call does.

    async def ask(
        self,
        request: httpx.Request,
        body: bytes,
        timeout: float | None,  # noqa: ASYNC109
    ) -> h11.Response:
        """Send the request and wait for the head of its answer.

        There is no waiting for the write to end: a peer that does not read gives no answer either,
        and that is waited for.
        """
        with _as(httpx.WriteTimeout, httpx.WriteError):
            self._transport.write(self._spell(request, body))
        while True:
            event = await self._next(timeout)
            if isinstance(event, h11.Response):
                return event
            if not isinstance(event, h11.InformationalResponse) or event.status_code == 101:
                raise httpx.RemoteProtocolError("no answer to what was asked")

    def _spell(self, request: httpx.Request, body: bytes) -> bytes:
        """Head and body in one piece: they leave in one packet."""
        head = h11.Request(
            method=request.method,
            target=request.url.raw_path,
            headers=request.headers.raw,
        )
        parts = [self._http.send(head)]
        if body:
            parts.append(self._http.send(h11.Data(body)))
        parts.append(self._http.send(h11.EndOfMessage()))
        return b"".join(part for part in parts if part)

    async def read(self, timeout: float | None) -> bytes | None:  # noqa: ASYNC109
        """The next piece of the body, `None` at its end."""
        event = await self._next(timeout)
        return bytes(event.data) if isinstance(event, h11.Data) else None

    async def _next(self, timeout: float | None) -> object:  # noqa: ASYNC109
        """What HTTP comes next, an event of h11's."""
        with _as(httpx.ReadTimeout, httpx.ReadError):
            while (event := self._http.next_event()) is h11.NEED_DATA:
                if self._lost is not None:
                    raise self._lost
                self._wake = asyncio.get_running_loop().create_future()
                async with asyncio.timeout(timeout):
                    await self._wake
        return event

    def is_reusable(self) -> bool:
        """Whether both sides have said all and may begin anew; it is kept from now on then."""
        done = self._http.our_state is h11.DONE and self._http.their_state is h11.DONE
        if not done or self._lost is not None or self._http.trailing_data[0]:
            return False
        self._http.start_next_cycle()
        self._in_use = False
        self._kept_since = time.monotonic()
        return True

    def is_fresh(self) -> bool:
        """Whether an idle connection may be used again, which it is then.

        One that has something to be read was closed by the other side, or speaks out of turn.
        """
        aged = time.monotonic() - self._kept_since > KEPT_FOR
        if aged or self._transport.is_closing() or _is_readable(self._transport):
            return False
        self._in_use = True
        return True

    def close(self) -> None:
        """Hang up, whatever is still on its way."""
        self._transport.abort()


class _Body(httpx.AsyncByteStream):
    """The body of an answer, read as it is asked for."""

    def __init__(self, wire: Wire, line: _Line, timeout: float | None) -> None:
        self._wire = wire
        self._line: _Line | None = line
        self._timeout = timeout

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while (
            self._line is not None and (piece := await self._line.read(self._timeout)) is not None
        ):
            yield piece

    async def aclose(self) -> None:
        line, self._line = self._line, None
        if line is not None:
            self._wire._give_back(line)


def _origin(url: httpx.URL) -> _Origin:
    return (
        url.scheme,
        url.raw_host.decode("ascii"),
        url.port or (443 if url.scheme == "https" else 80),
    )


def _two_families(loop: asyncio.AbstractEventLoop) -> dict[str, Any]:
    """Do not wait for an IPv6 that leads nowhere; uvloop takes no such word."""
    return {"happy_eyeballs_delay": 0.25} if isinstance(loop, asyncio.BaseEventLoop) else {}


def _is_readable(transport: asyncio.Transport) -> bool:
    """What the event loop would find now: it may not have looked since the other side closed."""
    number = transport.get_extra_info("socket").fileno()
    if number < 0:
        return True
    poll = select.poll()
    poll.register(number, select.POLLIN)
    return bool(poll.poll(0))


@contextmanager
def _as(
    late: type[httpx.TransportError], broken: type[httpx.TransportError] | None = None
) -> Iterator[None]:
    """Say what went wrong in httpx's words."""
    try:
        yield
    except TimeoutError as error:
        raise late(str(error)) from error
    except h11.RemoteProtocolError as error:
        raise httpx.RemoteProtocolError(str(error)) from error
    except h11.LocalProtocolError as error:
        raise httpx.LocalProtocolError(str(error)) from error
    except (OSError, UnicodeError) as error:  # TLS as well; a name that no resolver takes
        raise (broken or late)(str(error)) from error
