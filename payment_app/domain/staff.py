"""Who may do what in the staff console: four roles, each with all that the one before may."""

from __future__ import annotations

from enum import StrEnum


class Permission(StrEnum):
    """One kind of thing that a member of staff may do."""

    READ = "read"
    """See payments, bookings, cases and figures; phone numbers masked."""
    CHECK = "check"
    """Ask Safaricom about a payment."""
    NOTE = "note"
    """Write notes, share views, settle cases that move no money."""
    BOOK = "book"
    """Make, change and cancel bookings, and send their links."""
    REVEAL = "reveal"
    """See a full phone number and raw payloads; each look is logged."""
    EXPORT = "export"
    """Take lists out of the app."""
    REFUND = "refund"
    """Send money back."""
    ADMINISTER = "administer"
    """Staff, settings and the activity log."""


class Role(StrEnum):
    """A member's role; each may all that the one before may."""

    VIEWER = "viewer"
    CASHIER = "cashier"
    FINANCE = "finance"
    ADMIN = "admin"


_VIEWER = frozenset({Permission.READ})
_CASHIER = _VIEWER | {Permission.CHECK, Permission.NOTE, Permission.BOOK}
_FINANCE = _CASHIER | {Permission.REVEAL, Permission.EXPORT, Permission.REFUND}

GRANTS: dict[Role, frozenset[Permission]] = {
    Role.VIEWER: _VIEWER,
    Role.CASHIER: _CASHIER,
    Role.FINANCE: _FINANCE,
    Role.ADMIN: frozenset(Permission),
}


def may(role: Role, permission: Permission) -> bool:
    """Whether `role` has `permission`."""
    return permission in GRANTS[role]
