"""What Daraja's values look like on the wire: Nairobi times, ids, receipts, phone numbers."""

from __future__ import annotations

import re
import string
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from random import Random

# Kenya has one zone without daylight saving; Daraja writes it without an offset.
NAIROBI = timezone(timedelta(hours=3), "EAT")

_MSISDN = re.compile(r"254[17][0-9]{8}")
_BASE36 = string.digits + string.ascii_uppercase
_RECEIPT_SPACE = 36**7
# Odd and not divisible by 3, so it has no factor in common with 36**7: n -> n * step + start
# visits every value once before it repeats, and no list of used receipts is needed.
_RECEIPT_STEP = 45_824_837_017


def is_msisdn(value: object) -> bool:
    """Whether a value is a Kenyan mobile number as Daraja wants it: `2547…`/`2541…`, 12 digits."""
    return isinstance(value, str) and _MSISDN.fullmatch(value) is not None


def local_spelling(msisdn: str) -> str:
    """`254712345678` as people write it: `0712 345 678`."""
    return f"0{msisdn[3:6]} {msisdn[6:9]} {msisdn[9:]}"


def stamp(moment: datetime) -> str:
    """Daraja's `YYYYMMDDHHmmss` in Nairobi time."""
    return moment.astimezone(NAIROBI).strftime("%Y%m%d%H%M%S")


def dotted_stamp(moment: datetime) -> str:
    """`06.07.2024 22:48:52` Nairobi time, as payout results alone write it."""
    return moment.astimezone(NAIROBI).strftime("%d.%m.%Y %H:%M:%S")


def read_stamp(text: str) -> datetime | None:
    """The moment behind `YYYYMMDDHHmmss` Nairobi time; None if it is not one."""
    if not re.fullmatch(r"[0-9]{14}", text):
        return None
    try:
        return datetime.strptime(text, "%Y%m%d%H%M%S").replace(tzinfo=NAIROBI)
    except ValueError:
        return None


def sms_date(moment: datetime) -> str:
    """As M-Pesa's messages write it: `23/11/26 at 9:30 PM`."""
    local = moment.astimezone(NAIROBI)
    hour = local.hour % 12 or 12
    return f"{local.day}/{local.month}/{local:%y} at {hour}:{local:%M %p}"


class Mint:
    """Makes every id, token and receipt out of one random source; equal seeds, equal values."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self._receipts = random.randrange(_RECEIPT_SPACE)
        self._requests = random.randrange(10_000, 99_999)

    def access_token(self) -> str:
        """28 letters and digits, as Daraja's OAuth answers."""
        return "".join(self._random.choices(string.ascii_letters + string.digits, k=28))

    def request_id(self) -> str:
        """Hex groups with a running number, such as `2654-4b64-97ff-b827b542881d3130`."""
        self._requests += 1
        hexa = f"{self._random.getrandbits(88):022x}"
        variant = "89ab"[self._random.randrange(4)]
        groups = (hexa[:4], f"4{hexa[4:7]}", f"{variant}{hexa[7:10]}", hexa[10:])
        return f"{'-'.join(groups)}{self._requests}"

    def conversation_id(self, now: datetime) -> str:
        """`AG_`, the Nairobi day, and 20 hex digits."""
        return f"AG_{now.astimezone(NAIROBI):%Y%m%d}_{self._random.getrandbits(80):020x}"

    def checkout_id(self, now: datetime, msisdn: str, taken: Callable[[str], bool]) -> str:
        """`ws_CO_`, Nairobi `DDMMYYYYHHmmss`, milliseconds, the phone's last nine digits.

        Moves on by a millisecond while the id is `taken`.
        """
        while True:
            local = now.astimezone(NAIROBI)
            made = f"ws_CO_{local:%d%m%Y%H%M%S}{local.microsecond // 1000}{msisdn[-9:]}"
            if not taken(made):
                return made
            now += timedelta(milliseconds=1)

    def receipt(self, now: datetime) -> str:
        """Ten characters such as `SKJ7RT61SV`, never the same twice.

        As in real receipts the first three tell the day: S is 2024, K November, J the 19th.
        """
        local = now.astimezone(NAIROBI)
        year = string.ascii_uppercase[(local.year - 2006) % 26]
        month = string.ascii_uppercase[local.month - 1]
        self._receipts = (self._receipts + _RECEIPT_STEP) % _RECEIPT_SPACE
        return f"{year}{month}{_BASE36[local.day]}{_in_base36(self._receipts)}"


def _in_base36(number: int) -> str:
    digits = ""
    for _ in range(7):
        number, digit = divmod(number, 36)
        digits += _BASE36[digit]
    return digits
