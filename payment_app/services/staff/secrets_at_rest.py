"""Secrets that must be read again, such as those of authenticator apps, under SECRET_KEY."""

from __future__ import annotations

import base64
import hashlib

from cryptography.fernet import Fernet, InvalidToken

_PURPOSE = b"payment_app staff secrets v1|"


class SecretBox:
    """Encrypts and decrypts short texts."""

    def __init__(self, secret_key: str) -> None:
        digest = hashlib.sha256(_PURPOSE + secret_key.encode()).digest()
        self._fernet = Fernet(base64.urlsafe_b64encode(digest))

    def lock(self, secret: str) -> str:
        """The secret in a form that tells nothing without SECRET_KEY."""
        return self._fernet.encrypt(secret.encode()).decode()

    def open(self, locked: str) -> str | None:
        """The secret again, `None` when SECRET_KEY is not what it was."""
        try:
            return self._fernet.decrypt(locked.encode()).decode()
        except InvalidToken:
            return None
