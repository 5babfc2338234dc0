"""Who may call what: every route and every event handler declares one policy.

A test lists all of them by introspection and fails on one without a declaration.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from payment_app.domain.staff import Permission

Function = TypeVar("Function", bound=Callable[..., object])

_ATTRIBUTE = "declared_policy"


@dataclass(frozen=True)
class Policy:
    """Whom a function serves.

    Attributes:
        name: `anyone`, `link` (whoever holds a pay or receipt link), `api_key`, `metrics`,
            `callback_token`, `member` (anybody signed in), `staff` (who has `permission`).
        permission: what a member must have; only with `staff`.
    """

    name: str
    permission: Permission | None = None


ANYONE = Policy("anyone")
LINK = Policy("link")
API_KEY = Policy("api_key")
METRICS = Policy("metrics")
CALLBACK_TOKEN = Policy("callback_token")
MEMBER = Policy("member")


def staff(permission: Permission) -> Policy:
    """The policy for members who have `permission`."""
    return Policy("staff", permission)


def declares(policy: Policy) -> Callable[[Function], Function]:
    """Mark a function with its policy. The mark is a declaration; the function enforces it."""

    def mark(function: Function) -> Function:
        setattr(function, _ATTRIBUTE, policy)
        return function

    return mark


def policy_of(function: object) -> Policy | None:
    """The declared policy, `None` when there is none."""
    found = getattr(function, _ATTRIBUTE, None)
    return found if isinstance(found, Policy) else None
