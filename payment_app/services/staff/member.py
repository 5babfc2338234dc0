"""A signed-in member of staff, as every handler and route of the console sees one."""

from __future__ import annotations

from dataclasses import dataclass

from payment_app.domain.errors import Forbidden
from payment_app.domain.sight import NOTHING, Sight, sight_of
from payment_app.domain.staff import Permission, Role, may
from payment_app.services.shared.policy import Policy


@dataclass(frozen=True)
class Member:
    """Who acts.

    Attributes:
        staff_id: the row of `staff`.
        session_id: the row of `staff_session` that this browser signed in with.
        email, name: how others know them.
        role: decides what they may do.
        must_enrol: they have no authenticator app yet and need one before anything else.
        must_change: their password is temporary, and to be changed before anything else.
        address: where the request comes from, for the activity log.
    """

    staff_id: int
    session_id: int
    email: str
    name: str
    role: Role
    must_enrol: bool = False
    must_change: bool = False
    address: str = ""

    @property
    def sight(self) -> Sight:
        """What pages may show them, and what they may search by."""
        return sight_of(self.role) if self.settled else NOTHING

    @property
    def settled(self) -> bool:
        """Nothing stands before their work."""
        return not self.must_enrol and not self.must_change

    def require_own_password(self) -> None:
        """Nothing, once their password is known to them alone.

        Raises:
            Forbidden: `password_change_needed`.
        """
        if self.must_change:
            raise Forbidden(
                "password_change_needed",
                "Your password is temporary: change it first. Nothing else was done.",
            )

    def may(self, permission: Permission) -> bool:
        """Whether their role has `permission`, and nothing else stands before it."""
        return self.settled and may(self.role, permission)

    def require(self, permission: Permission) -> None:
        """Nothing, when they may.

        Raises:
            Forbidden: `not_allowed`, `password_change_needed`.
        """
        self.require_own_password()
        if not self.may(permission):
            raise Forbidden(
                "not_allowed",
                f"Your role ({self.role}) does not allow this. Nothing was changed.",
            )


def admits(policy: Policy, member: Member | None) -> bool:
    """Whether a handler or route with `policy` serves `member`."""
    if policy.name == "anyone":
        return True
    if member is None:
        return False
    return policy.permission is None or member.may(policy.permission)
