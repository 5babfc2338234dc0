"""Every refusal that a person or a program can run into, one class by noun and state.

    Refusal
    ├── SignInNeeded
    ├── Forbidden
    ├── NotFound
    ├── BadInput
    ├── Conflict
    ├── TooMany             carries the seconds to wait
    ├── RefusedByMpesa      carries a reason that the page has words for
    └── Unavailable         may carry the seconds to wait

Each carries a `code` (a slug that programs match on) and a `sentence` (what happened, whether
money moved, what to do now). The API turns them into its error shape, the pages into words.
"""

from __future__ import annotations


class Refusal(Exception):
    """A request that was understood and not carried out; nothing was changed.

    Attributes:
        code: stable slug, for example `booking_paid`.
        sentence: English, complete, safe to show to a person.
    """

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code
        self.sentence = sentence


class BadInput(Refusal):
    """A value is outside its rules."""


class SignInNeeded(Refusal):
    """Nobody is signed in, or their session is over."""


class Forbidden(Refusal):
    """Whoever is signed in may not do this."""


class NotFound(Refusal):
    """The thing named does not exist, or not for this caller."""


class Conflict(Refusal):
    """The request is fine but the present state forbids it."""


class TooMany(Refusal):
    """A limit is reached; `retry_after` says in how many whole seconds to come back."""

    def __init__(self, code: str, sentence: str, retry_after: int) -> None:
        super().__init__(code, sentence)
        self.retry_after = max(1, retry_after)


class RefusedByMpesa(Refusal):
    """Daraja said no before any prompt was sent; `reason` is a slug the page has words for."""

    def __init__(self, code: str, sentence: str, reason: str = "rejected") -> None:
        super().__init__(code, sentence)
        self.reason = reason


class Unavailable(Refusal):
    """Something we depend on is down, or we are too busy; nothing was sent.

    `retry_after`: in how many whole seconds to come back, where that is known.
    """

    def __init__(self, code: str, sentence: str, retry_after: int | None = None) -> None:
        super().__init__(code, sentence)
        self.retry_after = retry_after
