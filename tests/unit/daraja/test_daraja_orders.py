"""Operators' orders: the credential, what is sent, what is kept, what an answer means."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.x509.oid import NameOID
from daraja_kit import HTML_PAGE, PHONE, error, rig

from payment_app.daraja import (
    BalanceQuestion,
    Operator,
    OrderAccepted,
    OrderKnown,
    Payout,
    PushNotSent,
    PushRefused,
    PushUnknown,
    RefusalKind,
    Reversal,
    StatusQuestion,
    Urls,
    environment_of,
)

KEY = rsa.generate_private_key(65537, 2048)


def certificate(
    key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey, name: str = "daraja.test"
) -> bytes:
    """A certificate of that name for `key`, long expired as Safaricom's are."""
    whose = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    made = (
        x509.CertificateBuilder()
        .subject_name(whose)
        .issuer_name(whose)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(datetime(2014, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(2016, 1, 1, tzinfo=UTC))
        .sign(key, hashes.SHA256())
    )
    return made.public_bytes(serialization.Encoding.PEM)


PUBLIC = certificate(KEY)
SIMULATORS = Path("payment_app/simulator/mpesa/operators.cer").read_bytes()
OPERATOR = Operator("testapi", "Safe#Word1", PUBLIC)
URLS = Urls(
    "https://pay.example.co.ke/hooks/result/s3cretT0ken", "https://pay.example.co.ke/t/s3cretT0ken"
)
TAKEN = {
    "OriginatorConversationID": "f1e2-4b95-a71d-b30d3cdbb7a7735297",
    "ConversationID": "AG_20210706_20106e9209f64bebd05b",
    "ResponseCode": "0",
    "ResponseDescription": "Accept the service request successfully.",
}
REVERSAL = Reversal("PDU91HIVIT", Decimal(200), "refund BK-12", URLS)
PAYOUT = Payout("ours-0001", PHONE, Decimal(10), "refund BK-12", URLS)


def test_the_credential_is_the_password_encrypted_for_the_certificate() -> None:
    credential = OPERATOR.credential()
    assert len(credential) == 344
    plain = KEY.decrypt(base64.b64decode(credential), padding.PKCS1v15())
    assert plain == b"Safe#Word1"  # raw, not its base64
    assert credential != OPERATOR.credential()
    assert "Safe#Word1" not in repr(OPERATOR)


def test_certificates_are_read_in_every_usual_form() -> None:
    der = x509.load_pem_x509_certificate(SIMULATORS).public_bytes(serialization.Encoding.DER)
    for one in (SIMULATORS, der, PUBLIC):
        assert len(Operator("a", "b", one).credential()) == 344
        assert environment_of(one) is None


def test_safaricoms_own_certificates_are_known_by_name() -> None:
    names = {
        "sandbox": "apicrypt.safaricom.co.ke",
        "production": "apigee.apicaller.safaricom.co.ke",
    }
    for environment, name in names.items():
        assert environment_of(certificate(KEY, name)) == environment


@pytest.mark.parametrize(
    "broken",
    [
        b"",
        b"nonsense",
        b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----",
        certificate(ec.generate_private_key(ec.SECP256R1())),
    ],
)
def test_what_is_no_certificate_is_refused_at_once(broken: bytes) -> None:
    with pytest.raises(ValueError, match=r"certificate|key"):
        Operator("testapi", "word", broken)


async def test_each_order_is_sent_as_daraja_spells_it() -> None:
    async with rig((200, TAKEN), operator=OPERATOR) as r:
        for order in (
            REVERSAL,
            PAYOUT,
            StatusQuestion(URLS, receipt="PDU91HIVIT"),
            BalanceQuestion(URLS),
        ):
            assert isinstance(await r.client.order(order), OrderAccepted)
    reversal, payout, status, balance = r.daraja.bodies
    assert [request.url.path for request in r.daraja.seen] == [
        "/mpesa/reversal/v1/request",
        "/mpesa/b2c/v3/paymentrequest",
        "/mpesa/transactionstatus/v1/query",
        "/mpesa/accountbalance/v1/query",
    ]
    assert reversal["RecieverIdentifierType"] == "11"
    assert reversal["TransactionID"] == "PDU91HIVIT"
    assert payout["InitiatorName"] == "testapi"
    assert payout["OriginatorConversationID"] == "ours-0001"
    assert payout["Occassion"] == "refund"
    assert "Initiator" not in payout
    assert status["TransactionID"] == "PDU91HIVIT"
    assert balance["CommandID"] == "AccountBalance"
    for body in r.daraja.bodies:
        assert KEY.decrypt(base64.b64decode(body["SecurityCredential"]), padding.PKCS1v15())


async def test_no_record_holds_credential_password_token_or_phone() -> None:
    async def quoting(request: httpx.Request) -> tuple[int, object]:
        body = json.loads(request.content)
        return 400, error("400.002.02", f"{body['SecurityCredential']} {URLS.result} {PHONE}")

    async with rig(quoting, operator=OPERATOR) as r:
        await r.client.order(PAYOUT)
    kept = repr(r.calls[-1])
    sent = r.daraja.bodies[0]["SecurityCredential"]
    for secret in (sent, "Safe#Word1", "s3cretT0ken", PHONE):
        assert secret not in kept


@pytest.mark.parametrize(
    ("answer", "meaning"),
    [
        ((200, TAKEN), OrderAccepted),
        ((200, {"ResponseCode": 0}), OrderAccepted),
        ((500, error("500.002.1001", "Duplicate OriginatorConversationID.")), OrderKnown),
        ((500, error("500.002.1001", "System internal error.")), PushUnknown),
        ((500, error("500.003.1001", "Internal Server Error")), PushUnknown),
        ((500, error("500.003.02", "System is busy.")), PushRefused),
        ((400, error("400.002.02", "Bad Request - Invalid TransactionID")), PushRefused),
        ((200, {"ResponseCode": "1", "ResponseDescription": "Rejected"}), PushRefused),
        ((200, {"ResponseCode": "1", "ResponseDescription": "is being processed"}), PushUnknown),
        ((200, b""), PushUnknown),
        ((502, HTML_PAGE), PushUnknown),
        (httpx.ReadTimeout("slow"), PushUnknown),
        (httpx.ConnectError("down"), PushNotSent),
    ],
)
async def test_what_an_answer_means(answer: Any, meaning: type[object]) -> None:
    async with rig(answer, operator=OPERATOR) as r:
        assert type(await r.client.order(PAYOUT)) is meaning


async def test_a_dead_token_is_renewed_and_the_order_sent_once_more() -> None:
    dead = (401, error("401.002.01", "Error Occurred - Invalid Access Token - abcdefghijk"))
    async with rig(dead, (200, TAKEN), operator=OPERATOR) as r:
        assert isinstance(await r.client.order(REVERSAL), OrderAccepted)
    assert r.daraja.used_tokens == ["token-1", "token-2"]


async def test_without_an_operator_nothing_is_sent() -> None:
    async with rig((200, TAKEN)) as r:
        outcome = await r.client.order(REVERSAL)
    assert outcome == PushNotSent("no API operator is set up")
    assert not r.daraja.seen


def test_orders_that_daraja_would_refuse_cannot_be_made() -> None:
    for make in (
        lambda: Payout("ours-0001", PHONE, Decimal(9), "refund", URLS),
        lambda: Payout("short", PHONE, Decimal(10), "refund", URLS),
        lambda: Payout("ours-0001", "254201234567", Decimal(10), "refund", URLS),
        lambda: Reversal("PDU91HIVIT", Decimal("1.5"), "refund", URLS),
        lambda: Reversal("", Decimal(10), "refund", URLS),
        lambda: Reversal("PDU91HIVIT", Decimal(10), "r", URLS),
        lambda: StatusQuestion(URLS),
        lambda: StatusQuestion(URLS, receipt="PDU91HIVIT", originator_conversation_id="ours-0001"),
        lambda: BalanceQuestion(Urls("pay.example", "https://a.example")),
    ):
        with pytest.raises(ValueError, match="not acceptable"):
            make()


async def test_a_firewalls_page_is_no_answer_of_daraja() -> None:
    async with rig((403, HTML_PAGE), operator=OPERATOR) as r:
        outcome = await r.client.order(REVERSAL)
    assert isinstance(outcome, PushRefused)
    assert outcome.kind is RefusalKind.NOT_DARAJA
