"""The API operator ("initiator") of a business: who gives money back, and how that is proved.

Source: Safaricom's pages "Reversal", "BusinessToCustomer" and their algorithm of the security
credential: the operator's password, encrypted by RSA with PKCS#1 v1.5 padding for the public key of
the environment's certificate, in base64. The raw password is encrypted, not its base64: the steps
of the algorithm say so, the prose beside them does not. An account balance query proves it.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.x509.oid import NameOID

_ENVIRONMENTS: Mapping[str, str] = MappingProxyType(
    {
        "apicrypt.safaricom.co.ke": "sandbox",
        "apigee.apicaller.safaricom.co.ke": "production",
    }
)
"""Safaricom's certificates by the name they carry. The known ones have expired and still count:
only their key does."""


@dataclass(frozen=True, slots=True)
class Operator:
    """One API operator. Raises `ValueError` naming what is missing or cannot be used.

    `certificate` is Safaricom's for the environment, PEM or DER.
    """

    name: str
    password: str = field(repr=False)
    certificate: bytes = field(repr=False)

    def __post_init__(self) -> None:
        if not self.name or not self.password:
            raise ValueError("the API operator's name or password is missing")
        read_public_key(self.certificate)

    def credential(self) -> str:
        """`SecurityCredential` for one request; another text each time, and never to be kept."""
        key = read_public_key(self.certificate)
        return base64.b64encode(key.encrypt(self.password.encode(), padding.PKCS1v15())).decode()


def read_public_key(certificate: bytes) -> RSAPublicKey:
    """The RSA key of a certificate, PEM or DER.

    Raises:
        ValueError: it is neither, or holds another kind of key.
    """
    key = _read_certificate(certificate).public_key()
    if not isinstance(key, RSAPublicKey):
        raise ValueError("the certificate holds no RSA key")
    return key


def environment_of(certificate: bytes) -> str | None:
    """`sandbox` or `production` by the name in Safaricom's certificate; `None` for any other."""
    names = _read_certificate(certificate).subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    return next((_ENVIRONMENTS.get(str(name.value).lower()) for name in names), None)


def _read_certificate(certificate: bytes) -> x509.Certificate:
    try:
        if b"-----BEGIN" in certificate:
            return x509.load_pem_x509_certificate(certificate)
        return x509.load_der_x509_certificate(certificate)
    except ValueError:
        raise ValueError("the certificate is neither PEM nor DER") from None
