"""Texts that a stranger may send to make a pattern run in circles, and how long a reader took."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping

SIZE = 64 * 1024
LIMIT = 0.050
"""Seconds of processor time that one text of `SIZE` may cost."""

_REPEATED = {
    "digits": "7",
    "zeros": "0",
    "phones that end too soon": "0712 345 67x",
    "phones glued together": "254712345678",
    "country codes": "+254 (0) ",
    "spaces": " ",
    "no-break spaces": "\u00a0",
    "dashes": "-",
    "long dashes": "\u2013",
    "dots": ".",
    "addresses": "1.1.1.",
    "brackets": "()",
    "open brackets": "[",
    "slashes": "/",
    "backslashes": "\\",
    "double quotes": '"',
    "quotes": "'",
    "words": "a",
    "capitals": "A",
    "mixed": "aB3",
    "underscores": "_",
    "letters and underscores": "a_",
    "checkout ids": "ws_CO_",
    "checkout ids with digits": "ws_CO_191220",
    "pay links": "/pay/",
    "hooks": "/hooks/a",
    "hooks with long names": "/hooks/" + "a" * 30,
    "callback links": "/api/mpesa/callback/a",
    "tokens": "token=",
    "tokens in JSON": '"token":"',
    "escaped tokens in JSON": '\\"token\\":\\"',
    "cookies": "cookie: ",
    "cookie pairs": "staff_session=a; ",
    "host cookies": "__Host-a",
    "passwords": "password='\\",
    "bearer": "bearer ",
    "uuids": "aaaaaaaa-aaaa-4aaa-",
    "JSON objects": '{"a":',
    "JSON lists": "[1,",
    "emails": "a@",
    "colons": ":",
    "equals": "=",
    "commas": ",",
    "groups of thousands": "1,000",
    "tabs": "\t",
    "lines": "\n",
    "carriage returns": "\r\n",
    "emoji": "😀",
    "combining": "e\u0301",
    "addresses of pages": "https://a.b/",
    "percent": "%s",
    "hashed files": "-aaaaaaaa.js-",
    "tags": "<script>",
    "markup": "[bold]",
    "browser errors": "TypeError: can't access property \"",
    "browser errors that end": 'TypeError: can\'t access property "x", ',
}

TEXTS: Mapping[str, str] = {
    name: (piece * (SIZE // len(piece) + 1))[:SIZE] for name, piece in _REPEATED.items()
}


def seconds(work: Callable[[], object]) -> float:
    """Processor time of `work`: the best of three, so that a busy machine does not count."""
    best = float("inf")
    for _ in range(3):
        begun = time.process_time()
        work()
        best = min(best, time.process_time() - begun)
        if best < LIMIT / 2:
            break
    return best
