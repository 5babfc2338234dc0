"""Ways for a call to Daraja to go wrong: which there are, and when each strikes.

A fault strikes either before the gateway has done anything or after it has done everything and
only the answer suffers. The second is the dangerous one: the prompt is on the phone and the
merchant does not know. `after` tells which; a fault that changes the true answer is always after.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from payment_app.simulator.gateway.operations import OPERATIONS, ORDERS, PUSH, QUERY, TOKEN
from payment_app.simulator.settings import SimulatorError

LONGEST_WAIT = 3_600.0


@dataclass(frozen=True)
class Kind:
    """A kind of fault: what a tester reads, when it strikes, which calls can have it."""

    words: str
    after: bool = False
    needs_answer: bool = False
    calls: tuple[str, ...] = (TOKEN, PUSH, QUERY, *ORDERS)


KINDS: Mapping[str, Kind] = {
    "http_400": Kind("HTTP 400"),
    "http_401": Kind("HTTP 401"),
    "http_403": Kind("HTTP 403, HTML of a firewall"),
    "http_404": Kind("HTTP 404"),
    "http_429": Kind("HTTP 429, spike arrest"),
    "http_500": Kind("HTTP 500"),
    "http_502": Kind("HTTP 502, HTML"),
    "http_503": Kind("HTTP 503, empty"),
    "busy": Kind("System is busy (HTTP 500)"),
    "quota": Kind("Quota violation (HTTP 500)"),
    "error_in_200": Kind("HTTP 200 that carries an error"),
    "redirect": Kind("Redirect"),
    "refused": Kind("Connection dropped at once"),
    "reset": Kind("Connection reset in the answer", after=True),
    "timeout": Kind("No answer (time-out)", after=True),
    "slow": Kind("One byte a second", after=True, needs_answer=True),
    "html": Kind("HTML body", after=True),
    "empty": Kind("Empty body", after=True),
    "truncated": Kind("Truncated JSON", after=True, needs_answer=True),
    "huge": Kind("Body of 10 MB", after=True, needs_answer=True),
    "wrong_types": Kind("Fields of wrong types", after=True, needs_answer=True),
    "missing_ids": Kind("Fields missing", after=True, needs_answer=True),
    "response_code_number": Kind(
        "Codes as numbers", after=True, needs_answer=True, calls=(PUSH, QUERY, *ORDERS)
    ),
    "token_expired": Kind("Access token has died", calls=(PUSH, QUERY, *ORDERS)),
    "order_unclear": Kind("System internal error (500.002.1001)", calls=ORDERS),
    "duplicate_checkout_id": Kind(
        "CheckoutRequestID of the push before", after=True, needs_answer=True, calls=(PUSH,)
    ),
    "does_not_exist": Kind("“The transaction does not Exist”", calls=(QUERY,)),
    "being_processed": Kind("“The transaction is being processed” (500)", calls=(QUERY,)),
    "empty_message": Kind("Error without words", calls=(QUERY,)),
    "pending": Kind("Still processing (4999)", after=True, needs_answer=True, calls=(QUERY,)),
    "contradiction": Kind(
        "The contrary of the result", after=True, needs_answer=True, calls=(QUERY,)
    ),
}


@dataclass(frozen=True)
class Fault:
    """How the next calls of one operation go wrong.

    Args:
        operation: a key of `OPERATIONS`.
        kind: a key of `KINDS`.
        count: for how many calls; None for all.
        seconds: how long `timeout` stays silent.
        after: strikes after the gateway has done its work; None takes the kind's own way.
    """

    operation: str
    kind: str
    count: int | None = 1
    seconds: float = 120.0
    after: bool | None = None

    def __post_init__(self) -> None:
        if self.operation not in OPERATIONS:
            raise SimulatorError(f"There is no call '{self.operation}'.")
        if self.kind not in KINDS or self.operation not in KINDS[self.kind].calls:
            raise SimulatorError(f"A call '{self.operation}' has no fault '{self.kind}'.")
        if self.count is not None and self.count < 1:
            raise SimulatorError("A fault holds for at least one call.")
        if not 0 <= self.seconds <= LONGEST_WAIT:
            raise SimulatorError("A call can wait for 0 to 3600 seconds.")
        if self.after is False and KINDS[self.kind].needs_answer:
            raise SimulatorError(f"The fault '{self.kind}' can only strike after the work.")

    @property
    def strikes_after(self) -> bool:
        """Whether the gateway does its work first."""
        return KINDS[self.kind].after if self.after is None else self.after


class FaultBook:
    """The faults in force, one per operation."""

    def __init__(self) -> None:
        self._faults: dict[str, Fault] = {}

    def set(self, fault: Fault) -> None:
        """Puts a fault in force, in place of the operation's former one."""
        self._faults[fault.operation] = fault

    def clear(self) -> None:
        """Ends all faults."""
        self._faults.clear()

    def active(self) -> list[Fault]:
        """The faults that will strike the next calls."""
        return list(self._faults.values())

    def take(self, operation: str) -> Fault | None:
        """The fault that strikes this call, used up by one."""
        fault = self._faults.get(operation)
        if fault is not None and fault.count is not None:
            if fault.count > 1:
                self._faults[operation] = replace(fault, count=fault.count - 1)
            else:
                del self._faults[operation]
        return fault
