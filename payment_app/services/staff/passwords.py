"""Passwords of staff: Argon2id in a thread; the same work whether or not the account exists."""

from __future__ import annotations

import asyncio
import secrets
from functools import cache

from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

from payment_app.domain.errors import BadInput
from payment_app.services.staff.common_passwords import COMMON

SHORTEST = 12
_SYLLABLES = ("ba", "ke", "li", "mo", "nu", "ra", "si", "to", "wa", "ya", "zu", "ndi", "mba", "nja")
LONGEST = 200

_hasher = PasswordHash((Argon2Hasher(),))


def check_password(password: str, *others: str) -> None:
    """Refuse a password that is easily guessed.

    Args:
        others: what it must not be, such as the member's email and name.

    Raises:
        BadInput: `weak_password`, with the reason.
    """
    plain = password.casefold().strip()
    others = tuple(other.casefold() for other in others)
    if not SHORTEST <= len(password) <= LONGEST:
        raise _weak(f"A password must have {SHORTEST} to {LONGEST} characters.")
    if plain in COMMON or len(set(plain)) < 5:
        raise _weak("This password is among the first that anybody would try.")
    if plain in {part for other in others for part in (other, *other.split("@"), *other.split())}:
        raise _weak("A password must not be the name or the email.")


def spoken_password() -> str:
    """Four words that can be said on the phone, such as `bakeli-monura-…`: 45 bits of chance.

    For what is changed at the first sign-in, or opens the simulator only.
    """
    return "-".join("".join(secrets.choice(_SYLLABLES) for _ in range(3)) for _ in range(4))


async def hash_password(password: str) -> str:
    """Argon2id, about a tenth of a second of a thread."""
    return await asyncio.to_thread(_hasher.hash, password)


async def verify_password(password: str, password_hash: str | None) -> bool:
    """Whether it is the password; without a hash the same work is done, and it never is."""
    fits = await asyncio.to_thread(_fits, password[: LONGEST + 1], password_hash)
    return fits and password_hash is not None


def _fits(password: str, password_hash: str | None) -> bool:
    return _hasher.verify(password, password_hash or _nobodys_hash())


@cache
def _nobodys_hash() -> str:
    return _hasher.hash("nobody has this password")


def _weak(reason: str) -> BadInput:
    return BadInput("weak_password", f"{reason} Choose another one, such as four random words.")
