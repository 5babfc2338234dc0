"""The only place that speaks HTTP: bounded, without redirects, and honest about what left.

`send` turns everything the network can do into an `Exchange`. What counts is whether the request
can have left this machine:

    no connection (refused, DNS, TLS, proxy, pool full, too slow)   → tried 3 times, then `Unsent`
    anything later (write, read, reset, garbage, over the deadline) → `Lost`, never repeated

A pooled connection that the server closed a moment ago can fail on its first write. That too is
`Lost`, since nobody can tell; connections are kept only a few seconds and checked before reuse, so
it is rare.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import TracebackType

import httpx
import stamina

from payment_app.daraja.config import DarajaConfig
from payment_app.daraja.errors import DeliveryFailed
from payment_app.daraja.wire.answers import Exchange, Lost, Reply, Unsent
from payment_app.daraja.wire.transport import Wire

MAX_BODY = 256 * 1024

_ATTEMPTS = 3
_NEVER_LEFT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError)
_BROKEN = (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, OSError, ValueError)

_WORDS: tuple[tuple[type[Exception], str], ...] = (
    (httpx.ConnectTimeout, "no connection in time"),
    (httpx.ConnectError, "no connection"),
    (httpx.PoolTimeout, "too many calls at once"),
    (httpx.ProxyError, "the proxy gave no connection"),
    (httpx.TimeoutException, "no answer in time"),
    (TimeoutError, "no whole answer in time"),
    (httpx.RemoteProtocolError, "the answer broke HTTP or the connection closed"),
    (httpx.NetworkError, "the connection broke"),
    (httpx.DecodingError, "the answer could not be unpacked"),
)

# A proxy from the environment must not get what is meant for this machine.
_LOOPBACK = ("all://localhost", "all://127.0.0.1", "all://[::1]")

# At INFO httpx logs whole URLs, and the path of a callback URL is a secret.
logging.getLogger("httpx").setLevel(logging.WARNING)


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request; its repr shows neither headers nor body, which carry secrets."""

    method: str
    url: str
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(default=b"", repr=False)


def open_client(
    config: DarajaConfig, transport: httpx.AsyncBaseTransport | None
) -> httpx.AsyncClient:
    """The pooled client of one `DarajaClient`."""
    timeout = httpx.Timeout(
        connect=config.connect_timeout,
        read=config.read_timeout,
        write=config.read_timeout,
        pool=config.connect_timeout,
    )
    return _open(timeout, transport)


async def send(client: httpx.AsyncClient, request: Request, deadline: float) -> Exchange:
    """Send `request`, again only while no connection is made. Raises nothing of the network.

    `deadline`: seconds for one attempt in all, so that a body of a byte a second ends too.
    """
    try:
        try:
            return await _attempt(client, request, deadline)
        except _NEVER_LEFT as error:
            return await _send_again(client, request, deadline, error)
    except _NEVER_LEFT as error:
        return Unsent(_describe(error))
    except Exception as error:  # whatever else went wrong, the request may have left before it
        return Lost(_describe(error))


async def _send_again(
    client: httpx.AsyncClient, request: Request, deadline: float, first: Exception
) -> Reply:
    """The further attempts after one that found no connection; getting ready for them costs as much
    as a call, which one that goes well need not pay."""
    failures = [first]

    async def attempt() -> Reply:
        if failures:
            raise failures.pop()
        return await _attempt(client, request, deadline)

    again = stamina.AsyncRetryingCaller(
        attempts=_ATTEMPTS, timeout=deadline, wait_initial=0.1, wait_max=1.0, wait_jitter=0.2
    )
    return await again(_NEVER_LEFT, attempt)


class HttpPoster:
    """Posts bytes to any URL over one pool of connections: callbacks, and the doctor's probes."""

    def __init__(self, *, transport: httpx.AsyncBaseTransport | None = None) -> None:
        self._client = _open(httpx.Timeout(10.0), transport)

    async def __call__(
        self,
        url: str,
        body: bytes,
        headers: Mapping[str, str],
        *,
        timeout: float = 10.0,  # noqa: ASYNC109 - it is an `asyncio.timeout` inside
    ) -> int:
        """POST once and return the HTTP status; redirects are not followed.

        `timeout` in seconds is for the whole exchange. Raises `DeliveryFailed` if there is no
        HTTP answer in that time.
        """
        try:
            reply = await _attempt(self._client, Request("POST", url, headers, body), timeout)
        except _BROKEN as error:
            raise DeliveryFailed(_describe(error)) from None
        return reply.status

    async def aclose(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    async def __aenter__(self) -> HttpPoster:
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.aclose()


async def post_json(
    url: str,
    body: bytes,
    headers: Mapping[str, str],
    *,
    timeout: float = 10.0,  # noqa: ASYNC109 - it is an `asyncio.timeout` inside
) -> int:
    """POST `body` as JSON over a connection of its own; like `HttpPoster` in all else."""
    async with HttpPoster() as poster:
        typed = {"Content-Type": "application/json", **headers}
        return await poster(url, body, typed, timeout=timeout)


async def _attempt(client: httpx.AsyncClient, request: Request, deadline: float) -> Reply:
    async with (
        asyncio.timeout(deadline),
        client.stream(
            request.method, request.url, headers=request.headers, content=request.body
        ) as response,
    ):
        body = await _read_bounded(response)
        return Reply(response.status_code, body or b"", oversized=body is None)


async def _read_bounded(response: httpx.Response) -> bytes | None:
    """The body, or None as soon as it passes the limit."""
    body = bytearray()
    async for chunk in response.aiter_bytes():
        body += chunk
        if len(body) > MAX_BODY:
            return None
    return bytes(body)


def _open(timeout: httpx.Timeout, transport: httpx.AsyncBaseTransport | None) -> httpx.AsyncClient:
    # Not as its `transport`: with one of its own httpx looks for no proxy in the environment.
    wires = dict.fromkeys(("all://", *_LOOPBACK), Wire()) if transport is None else {}
    return httpx.AsyncClient(
        timeout=timeout,
        transport=transport,
        mounts=wires,
        follow_redirects=False,
        # Packed bodies could grow a thousandfold before their size can be checked.
        headers={"Accept": "application/json", "Accept-Encoding": "identity"},
    )


def _describe(error: Exception) -> str:
    """Plain words; never the error's own text, which may hold parts of the URL."""
    words = next((text for kind, text in _WORDS if isinstance(error, kind)), "the call broke")
    return f"{words} ({type(error).__name__})"
