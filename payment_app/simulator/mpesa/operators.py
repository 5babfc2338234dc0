"""API operators ("initiators"): who may give the business's money back, and how they prove it.

The credential is the password, encrypted by RSA with PKCS#1 v1.5 padding for `operators.cer`. Its
key stands beside it: a key of a simulator is known to everybody and guards nothing.
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from payment_app.simulator.mpesa import order_results
from payment_app.simulator.settings import SimulatorError

CERTIFICATE = Path(__file__).parent / "operators.cer"
FIRST_OPERATOR = "testapi"
# Published by Safaricom for the sandbox's operator; it opens nothing else.
FIRST_PASSWORD = "Safaricom999!*!"  # noqa: S105
ROLES = ("reversal", "payout", "transaction_status", "account_balance")
TRIES = 3
MOST_OPERATORS = 100


@dataclass
class Operator:
    """One operator; `roles` are the calls that it may make."""

    name: str
    password: str = FIRST_PASSWORD
    roles: set[str] = field(default_factory=lambda: set(ROLES))
    wrong: int = 0
    locked: bool = False
    active: bool = True

    def verdict(self, password: str | None, role: str) -> str | None:
        """The result code of a call that it may not make, `None` for one that it may."""
        if self.locked:
            return order_results.LOCKED
        if password != self.password:
            self.wrong += 1
            self.locked = self.wrong >= TRIES
            return order_results.WRONG_OPERATOR
        self.wrong = 0
        if not self.active:
            return order_results.NOT_ACTIVE
        return None if role in self.roles else order_results.NO_ROLE


class OperatorBook:
    """Operators by name; `testapi` with the sandbox's public password is there from the start."""

    def __init__(self) -> None:
        self._operators: dict[str, Operator] = {}
        self.clear()

    def clear(self) -> None:
        """Back to the first one alone."""
        self._operators = {FIRST_OPERATOR: Operator(FIRST_OPERATOR)}

    def use(self, name: str) -> Operator:
        """The operator with that name, made if need be."""
        if name not in self._operators and len(self._operators) >= MOST_OPERATORS:
            raise SimulatorError(f"There are {MOST_OPERATORS} operators already.")
        return self._operators.setdefault(name, Operator(name))

    def verdict(self, name: str, credential: str, role: str) -> str | None:
        """What speaks against a call of `name`: 2001, 21, 22 or 8006; `None` if nothing does."""
        operator = self._operators.get(name)
        if operator is None:
            return order_results.WRONG_OPERATOR
        return operator.verdict(decrypt(credential), role)


def decrypt(credential: str) -> str | None:
    """The password in a credential; `None` if it was not made for our certificate."""
    try:
        plain = _key().decrypt(base64.b64decode(credential, validate=True), padding.PKCS1v15())
        return plain.decode()
    except (ValueError, binascii.Error):
        return None


@cache
def _key() -> RSAPrivateKey:
    key = load_pem_private_key((CERTIFICATE.parent / "operators.key").read_bytes(), None)
    if not isinstance(key, RSAPrivateKey):
        raise TypeError("operators.key holds no RSA key")
    return key
