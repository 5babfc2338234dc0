"""The requests of STK push and STK query, and the time and password inside them.

Source of the shapes: Safaricom's pages "MpesaExpressSimulate" and "MpesaExpressQuery".
"""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from payment_app.daraja.config import DarajaConfig
from payment_app.domain.calendar import NAIROBI

TOKEN_PATH = "/oauth/v1/generate?grant_type=client_credentials"  # noqa: S105 - a path
PUSH_PATH = "/mpesa/stkpush/v1/processrequest"
QUERY_PATH = "/mpesa/stkpushquery/v1/query"


MIN_AMOUNT = Decimal(1)
MAX_AMOUNT = Decimal(250_000)  # per transaction, Daraja 3.0 FAQ; older guides say less
MAX_REFERENCE = 12
MAX_DESCRIPTION = 13

BANNED_IN_URLS = ("m-pesa", "mpesa", "safaricom", "exec", "exe", "cmd", "sql", "query")
"""Words that Daraja refuses in the URLs of some products, in any letter case.

Source: Safaricom's page "CustomerToBusiness" and refusals that integrators published.
"""

# All that a 2547 or 2541 number needs: ranges change too often to refuse one by its prefix.
_PHONE = re.compile(r"254[17][0-9]{8}")


@dataclass(frozen=True, slots=True)
class StkPush:
    """One prompt to ask for.

    `phone_number` is `2547XXXXXXXX` or `2541XXXXXXXX`; `amount` whole shillings, 1 to 250,000;
    `account_reference` 1-12 characters, shown in the prompt and printed in the customer's SMS;
    `description` at most 13 characters, left out of the request when empty; `callback_url` http
    or https. Raises `ValueError` naming the first field that breaks its rule.
    """

    phone_number: str = field(repr=False)
    amount: Decimal
    account_reference: str
    description: str
    callback_url: str = field(repr=False)

    def __post_init__(self) -> None:
        for name, right in self._rules():
            if not right:
                raise ValueError(f"STK push: {name} is not acceptable")

    def _rules(self) -> list[tuple[str, bool]]:
        return [
            ("phone_number", is_phone(self.phone_number)),
            ("amount", is_amount(self.amount)),
            ("account_reference", is_plain(self.account_reference, 1, MAX_REFERENCE)),
            ("description", is_plain(self.description, 0, MAX_DESCRIPTION)),
            ("callback_url", is_web_address(self.callback_url)),
        ]


def mpesa_timestamp(at: datetime) -> str:
    """`at` as Daraja writes time: 14 digits of Nairobi time without an offset.

    Raises `ValueError` for a naive `at`, which could be any zone's time.
    """
    if at.tzinfo is None:
        raise ValueError("a Daraja timestamp needs a time with a zone")
    return at.astimezone(NAIROBI).strftime("%Y%m%d%H%M%S")


def stk_password(shortcode: str, passkey: str, timestamp: str) -> str:
    """Base64 of the three texts joined; `timestamp` must be the one in the same request."""
    return base64.b64encode(f"{shortcode}{passkey}{timestamp}".encode()).decode()


def push_body(config: DarajaConfig, push: StkPush, at: datetime) -> dict[str, str | int]:
    """The JSON object of a push made at `at`. The amount is an int: cents are refused."""
    body: dict[str, str | int] = {
        **_signature(config, at),
        "TransactionType": config.wire_transaction_type,
        "Amount": int(push.amount),
        "PartyA": push.phone_number,
        "PartyB": config.party_b,
        "PhoneNumber": push.phone_number,
        "CallBackURL": push.callback_url,
        "AccountReference": push.account_reference,
    }
    return {**body, "TransactionDesc": push.description} if push.description else body


def query_body(
    config: DarajaConfig, checkout_request_id: str, at: datetime
) -> dict[str, str | int]:
    """The JSON object of a query made at `at`; its time need not be that of the push."""
    return {**_signature(config, at), "CheckoutRequestID": checkout_request_id}


def banned_words(url: str) -> list[str]:
    """Which of `BANNED_IN_URLS` stand anywhere in `url`."""
    return [word for word in BANNED_IN_URLS if word in url.lower()]


def _signature(config: DarajaConfig, at: datetime) -> dict[str, str | int]:
    timestamp = mpesa_timestamp(at)
    return {
        "BusinessShortCode": config.shortcode,
        "Password": stk_password(config.shortcode, config.passkey, timestamp),
        "Timestamp": timestamp,
    }


def is_phone(number: str) -> bool:
    """Whether it is a number that Daraja takes: `2547…` or `2541…`."""
    return _PHONE.fullmatch(number) is not None


def is_amount(amount: Decimal) -> bool:
    """Whether M-PESA moves such an amount at once: whole shillings, 1 to 250,000."""
    if not isinstance(amount, Decimal) or not amount.is_finite():
        return False
    return MIN_AMOUNT <= amount <= MAX_AMOUNT and amount == amount.to_integral_value()


def is_plain(text: str, shortest: int, longest: int) -> bool:
    """Whether `text` is printable ASCII of so many characters."""
    return shortest <= len(text) <= longest and text.isascii() and text.isprintable()


def is_web_address(url: str) -> bool:
    """Whether it is an http or https address without spaces."""
    clean = url.isascii() and url.isprintable() and " " not in url
    return clean and url.startswith(("https://", "http://"))
