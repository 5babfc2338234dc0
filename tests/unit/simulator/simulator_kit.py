"""What the simulator's tests share: a clock of their own, a merchant, a receiver of callbacks."""

from __future__ import annotations

import asyncio
import base64
import heapq
import itertools
import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from payment_app.simulator import Simulator, SimulatorConfig
from payment_app.simulator.mpesa.operators import CERTIFICATE, FIRST_PASSWORD
from payment_app.simulator.settings import SANDBOX_PASSKEY

PHONE = "254712345678"
OTHER_PHONE = "254110123456"
CALLBACK_URL = "https://pay.example.co.ke/hooks/stk/secret-token-of-one-payment"
START = datetime(2026, 11, 23, 18, 30, tzinfo=UTC)  # 21:30 in Nairobi
PUSH_PATH = "/mpesa/stkpush/v1/processrequest"
QUERY_PATH = "/mpesa/stkpushquery/v1/query"
TOKEN_PATH = "/oauth/v1/generate?grant_type=client_credentials"


class FakeTime:
    """A clock that stands still, and sleeps that end when the test moves it."""

    def __init__(self) -> None:
        self.now = START
        self._sleepers: list[tuple[datetime, int, asyncio.Future[None]]] = []
        self._order = itertools.count()

    def clock(self) -> datetime:
        return self.now

    async def sleep(self, seconds: float) -> None:
        if seconds <= 0:
            await asyncio.sleep(0)
            return
        done = asyncio.get_running_loop().create_future()
        due = self.now + timedelta(seconds=seconds)
        heapq.heappush(self._sleepers, (due, next(self._order), done))
        await done

    async def advance(self, seconds: float) -> None:
        """Moves on, stopping wherever a sleeper wakes."""
        end = self.now + timedelta(seconds=seconds)
        await settle()
        while self._sleepers and self._sleepers[0][0] <= end:
            due, _, done = heapq.heappop(self._sleepers)
            self.now = max(self.now, due)
            if not done.done():
                done.set_result(None)
            await settle()
        self.now = end
        await settle()


async def settle() -> None:
    """Lets everything run that can run without time passing."""
    for _ in range(20):
        await asyncio.sleep(0)


class Receiver:
    """A merchant's callback address: remembers what came, answers as told."""

    def __init__(self) -> None:
        self.got: list[tuple[str, bytes, Mapping[str, str]]] = []
        self.status = 200
        self.error: Exception | None = None

    async def __call__(self, url: str, body: bytes, headers: Mapping[str, str]) -> int:
        self.got.append((url, body, headers))
        if self.error is not None:
            raise self.error
        return self.status

    @property
    def bodies(self) -> list[dict[str, Any]]:
        return [json.loads(body)["Body"]["stkCallback"] for _, body, _ in self.got]

    @property
    def codes(self) -> list[int | str]:
        return [body["ResultCode"] for body in self.bodies]


class World:
    """One simulator with a merchant before it and a receiver behind it."""

    def __init__(self, **config: Any) -> None:
        settings = {"auto_complete_seconds": 0, "callback_delay_seconds": 0, "seed": 7, **config}
        self.time = FakeTime()
        self.receiver = Receiver()
        self.simulator = Simulator(
            SimulatorConfig(**settings),
            clock=self.time.clock,
            deliver=self.receiver,
            sleep=self.time.sleep,
        )
        self.rail = httpx.AsyncClient(
            transport=httpx.ASGITransport(self.simulator.rail_app), base_url="http://daraja"
        )
        self.phone = httpx.AsyncClient(
            transport=httpx.ASGITransport(self.simulator.phone_app), base_url="http://phone"
        )
        self.token = ""

    async def close(self) -> None:
        await self.simulator.stop()
        await self.rail.aclose()
        await self.phone.aclose()

    async def new_token(self, key: str = "key", secret: str = "secret") -> str:
        answer = await self.rail.get(TOKEN_PATH, auth=(key, secret))
        self.token = answer.json()["access_token"]
        return self.token

    def stamp(self, **shift: float) -> str:
        nairobi = self.time.now + timedelta(hours=3) + timedelta(**shift)
        return nairobi.strftime("%Y%m%d%H%M%S")

    def push_body(self, **changes: Any) -> dict[str, Any]:
        """A right push; a changed shortcode or timestamp gets its own right password."""
        body: dict[str, Any] = {
            "BusinessShortCode": "174379",
            "Timestamp": self.stamp(),
            "TransactionType": "CustomerPayBillOnline",
            "Amount": 2500,
            "PartyA": PHONE,
            "PartyB": "174379",
            "PhoneNumber": PHONE,
            "CallBackURL": CALLBACK_URL,
            "AccountReference": "BK7F2QX9",
            "TransactionDesc": "Booking",
            **changes,
        }
        body.setdefault("Password", password(body["BusinessShortCode"], body["Timestamp"]))
        return {name: value for name, value in body.items() if value is not MISSING}

    async def call(self, path: str, body: Any) -> httpx.Response:
        if not self.token:
            await self.new_token()
        headers = {"Authorization": f"Bearer {self.token}"}
        return await self.rail.post(path, json=body, headers=headers)

    async def push(self, **changes: Any) -> httpx.Response:
        return await self.call(PUSH_PATH, self.push_body(**changes))

    async def push_id(self, **changes: Any) -> str:
        answer = await self.push(**changes)
        assert answer.status_code == 200, answer.text
        return str(answer.json()["CheckoutRequestID"])

    async def query(self, checkout_id: str, **changes: Any) -> httpx.Response:
        body = {
            "BusinessShortCode": "174379",
            "Password": password("174379", self.stamp()),
            "Timestamp": self.stamp(),
            "CheckoutRequestID": checkout_id,
            **changes,
        }
        return await self.call(QUERY_PATH, body)

    async def control(self, **order: Any) -> dict[str, Any]:
        answer = await self.phone.post("/control", json=order)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    async def pay(self, phone: str = PHONE, **changes: Any) -> str:
        """A push that the customer pays at once, its callback delivered."""
        checkout_id = await self.push_id(PhoneNumber=phone, **changes)
        self.simulator.enter_pin(phone, "1234")
        await settle()
        return checkout_id


MISSING = object()


def password(shortcode: Any, stamp: Any, passkey: str = SANDBOX_PASSKEY) -> str:
    return base64.b64encode(f"{shortcode}{passkey}{stamp}".encode()).decode()


RESULT, TIMEOUT = "https://pay.example.co.ke/r/token", "https://pay.example.co.ke/t/token"
ORDER_PATHS = {
    "reversal": "/mpesa/reversal/v1/request",
    "payout": "/mpesa/b2c/v3/paymentrequest",
    "transaction_status": "/mpesa/transactionstatus/v1/query",
    "account_balance": "/mpesa/accountbalance/v1/query",
}


def credential(password: str = FIRST_PASSWORD) -> str:
    """As any client makes it: the password for the simulator's certificate."""
    key = x509.load_pem_x509_certificate(CERTIFICATE.read_bytes()).public_key()
    assert isinstance(key, RSAPublicKey)
    return base64.b64encode(key.encrypt(password.encode(), padding.PKCS1v15())).decode()


def order_body(kind: str, **changes: Any) -> dict[str, Any]:
    """A right order of an operator; `...` leaves a field out."""
    common = {
        "Initiator": "testapi",
        "SecurityCredential": credential(),
        "ResultURL": RESULT,
        "QueueTimeOutURL": TIMEOUT,
        "Remarks": "refund",
    }
    own: dict[str, dict[str, Any]] = {
        "reversal": {
            "CommandID": "TransactionReversal",
            "TransactionID": "SKJ7RT61SV",
            "Amount": "2500",
            "ReceiverParty": "174379",
            "RecieverIdentifierType": "11",
        },
        "payout": {
            "OriginatorConversationID": "ours-0001",
            "InitiatorName": "testapi",
            "CommandID": "BusinessPayment",
            "Amount": "500",
            "PartyA": "174379",
            "PartyB": PHONE,
            "Occassion": "refund",
        },
        "transaction_status": {
            "CommandID": "TransactionStatusQuery",
            "TransactionID": "SKJ7RT61SV",
            "OriginalConversationID": "",
            "PartyA": "174379",
            "IdentifierType": "4",
        },
        "account_balance": {
            "CommandID": "AccountBalance",
            "PartyA": "174379",
            "IdentifierType": "4",
        },
    }
    return {k: v for k, v in {**common, **own[kind], **changes}.items() if v is not ...}
