"""Whether an answer is a result at all: the one owner of that question.

Source: the contract's "Pending by words". Daraja writes "still under processing" under several
codes (4999; 500.001.1001; final ones such as 1 have been seen), and a payment that is called failed
while its prompt lives can be paid twice. So the words decide before the code does, for callbacks,
queries and every later kind of result.
"""

from __future__ import annotations

from payment_app.daraja.result_codes import ResultKind, result_code

_WORDS = (
    "being processed",
    "under process",  # "under processing" as well
    "still process",
    "still being",
    "still in process",
    "still in progress",
    "still pending",
    "is processing",
    "is in process",
    "is in progress",
    "is pending",
)
"""In small letters, on one line. Not "in process" alone: a locked subscriber (result code 1001) is
told that "a transaction is already in process", and that is final for the prompt it is said of."""


def still_processing(code: str | None, *texts: str) -> bool:
    """Whether `code` or any of `texts` says that M-PESA is still at it: no result, then.

    `code`: a ResultCode as text, or `None` where the answer has none.
    """
    if code is not None and result_code(code).kind is ResultKind.PROCESSING:
        return True
    return any(phrase in _plain(text) for text in texts for phrase in _WORDS)


def _plain(text: str) -> str:
    return " ".join(text.lower().replace("-", " ").replace("_", " ").split())
