"""Somebody else's Daraja, as small as it can be: takes every push and remembers its CallBackURL.

Written from Safaricom's public description and not from our simulator, so that the app is also
tested against a rail that does not share our reading of it.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from typing import Any

_numbers = count(1)


class ForeignDaraja:
    """Accepts pushes, answers queries with `results`, and never calls back by itself."""

    def __init__(self) -> None:
        self.pushes: list[dict[str, Any]] = []
        self.results: dict[str, tuple[str, str]] = {}
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def serve(self) -> None:
        """Answer until `stop`."""
        self._server.serve_forever(poll_interval=0.05)

    def stop(self) -> None:
        """End serving."""
        self._server.shutdown()
        self._server.server_close()

    def answer(self, path: str, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        """What Daraja answers on `path`."""
        if path.startswith("/oauth/"):
            return 200, {"access_token": "foreign-token", "expires_in": 3599}
        if path.startswith("/mpesa/stkpush/"):
            return 200, self._push(body)
        known = self.results.get(body.get("CheckoutRequestID", ""))
        if known is None:
            error = "The transaction is being processed"
            return 500, {"requestId": "1", "errorCode": "500.001.1001", "errorMessage": error}
        return 200, {
            "ResponseCode": "0",
            "ResponseDescription": "accepted",
            "MerchantRequestID": "m",
            "CheckoutRequestID": body["CheckoutRequestID"],
            "ResultCode": known[0],
            "ResultDesc": known[1],
        }

    def _push(self, body: dict[str, Any]) -> dict[str, Any]:
        number = next(_numbers)
        ids = {
            "MerchantRequestID": f"29115-{number:08d}-1",
            "CheckoutRequestID": f"ws_CO_DMZ_{number:09d}_{body['PhoneNumber'][-9:]}",
        }
        self.pushes.append(body | ids)
        return ids | {
            "ResponseCode": "0",
            "ResponseDescription": "Success. Request accepted for processing",
            "CustomerMessage": "Success. Request accepted for processing",
        }


def _handler(daraja: ForeignDaraja) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self._answer({})

        def do_POST(self) -> None:
            length = int(self.headers.get("content-length", "0"))
            self._answer(json.loads(self.rfile.read(length) or b"{}"))

        def _answer(self, body: dict[str, Any]) -> None:
            status, answer = daraja.answer(self.path, body)
            payload = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(payload)))
            self.end_headers()
            self.wfile.write(payload)

        def log_message(self, *_: object) -> None:
            pass

    return Handler


@contextmanager
def foreign_daraja() -> Iterator[ForeignDaraja]:
    """A running foreign rail."""
    daraja = ForeignDaraja()
    thread = threading.Thread(target=daraja.serve, daemon=True)
    thread.start()
    try:
        yield daraja
    finally:
        daraja.stop()
        thread.join()


def sandbox_environment(rail: str, port: int) -> dict[str, str]:
    """What makes the app a sandbox app on `rail`, reachable on this machine only."""
    return {
        "PORT": str(port),
        "HOST": "127.0.0.1",
        "MPESA_ENVIRONMENT": "sandbox",
        "MPESA_BASE_URL": rail,
        "MPESA_CONSUMER_KEY": "test-consumer",
        "MPESA_CONSUMER_SECRET": "test-consumer-secret",
        "MPESA_SHORTCODE": "174379",
        "MPESA_PASSKEY": "test-passkey",
        "MPESA_CALLBACK_URL": f"http://localhost:{port}/api/mpesa/callback",
        "SECRET_KEY": "only-for-tests-0123456789abcdefghij",
        "API_KEYS": "simulator-free-test-api-key",
    }


def success_body(push: dict[str, Any], receipt: str) -> bytes:
    """Daraja's success callback for one of `pushes`."""
    items = [
        {"Name": "Amount", "Value": float(push["Amount"])},
        {"Name": "MpesaReceiptNumber", "Value": receipt},
        {"Name": "Balance"},
        {"Name": "TransactionDate", "Value": 20261123120010},
        {"Name": "PhoneNumber", "Value": int(push["PhoneNumber"])},
    ]
    callback = {
        "MerchantRequestID": push["MerchantRequestID"],
        "CheckoutRequestID": push["CheckoutRequestID"],
        "ResultCode": 0,
        "ResultDesc": "The service request is processed successfully.",
        "CallbackMetadata": {"Item": items},
    }
    return json.dumps({"Body": {"stkCallback": callback}}).encode()
