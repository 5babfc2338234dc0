"""What this package can raise, apart from `ValueError` for wrong arguments.

    DarajaError
    ├── TokenRefused        Daraja answered and will not give this app a token
    ├── TokenUnavailable    no usable answer from the token endpoint
    ├── MalformedCallback   these bytes are not an STK callback   (also a ValueError)
    └── DeliveryFailed      a POST of ours got no HTTP answer     (also an OSError)

Pushes and queries raise none of these: whatever Daraja or the network does comes back as one of
the values drawn in `payment_app.daraja.outcomes`.
"""

from __future__ import annotations

from payment_app.daraja.outcomes import RefusalKind


class DarajaError(Exception):
    """Base of every error named in this package."""


class TokenRefused(DarajaError):
    """The token endpoint refused: a wrong key or secret, or an app without the right.

    Attributes: `code` (Daraja's errorCode, or `"HTTP 400"` when the body was empty), `message`
    (Daraja's words, safe to show to staff, often none) and `kind`.
    """

    def __init__(self, code: str, message: str, kind: RefusalKind) -> None:
        super().__init__(f"{code}: {message or 'no token for this key and secret'}")
        self.code = code
        self.message = message
        self.kind = kind


class TokenUnavailable(DarajaError):
    """The token endpoint could not be reached, answered 5xx or answered nonsense.

    Attributes: `reason`, safe to show to staff, and `page_status`, for example `"HTTP 403"`, when
    something on the way answered with a page of its own: neither key nor secret are to blame.
    """

    def __init__(self, reason: str, page_status: str | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.page_status = page_status


class MalformedCallback(DarajaError, ValueError):
    """The bytes are not an STK callback, or contradict themselves. Never quotes the bytes."""


class DeliveryFailed(DarajaError, OSError):
    """A POST got no HTTP answer. Never quotes the URL, whose path may be a secret."""
