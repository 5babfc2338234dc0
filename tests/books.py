"""The keys of the books in the tests, and rows that are sealed as the app would seal them."""

from __future__ import annotations

from payment_app.services.payments.events import event_is_right
from payment_app.services.shared.keys.seals import EVENT, Keyring, columns
from payment_app.storage.tables import PaymentEvent

SECRET_KEY = "x" * 40
KEYRING = Keyring((SECRET_KEY,))
KEYS = KEYRING.for_sessions()


def is_right(event: PaymentEvent, keyring: Keyring = KEYRING) -> bool:
    """Whether an event carries the seal of what it says."""
    return event_is_right(columns(EVENT, event), keyring)
