"""Money, time and waiting, as people read them."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from payment_app.domain.calendar import NAIROBI
from payment_app.domain.money import format_ksh
from payment_app.web.texts.shape import Texts


def ksh(amount: int) -> str:
    """`KSh 2,500`, with a space that does not break."""
    return format_ksh(Decimal(amount)).replace(" ", "\u00a0")


def nairobi_time(moment: str, words: Texts) -> str:
    """`23 Nov 2026, 14:32 EAT` for a UTC time in RFC 3339; empty for an empty one."""
    if not moment:
        return ""
    there = datetime.fromisoformat(moment).astimezone(NAIROBI)
    month = words["months"][there.month - 1]
    return f"{there.day} {month} {there.year}, {there:%H:%M} EAT"


def waiting_time(seconds: int, words: Texts) -> str:
    """`40 s` below a minute and a half, else whole minutes rounded up."""
    pay = words["pay"]
    if seconds < 90:
        return pay["seconds"].format(n=seconds)
    return pay["minutes"].format(n=-(-seconds // 60))
