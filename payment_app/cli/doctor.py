"""`doctor`: what works, what does not, and what to do about it."""

from __future__ import annotations

import argparse
import asyncio

from payment_app.cli.outcome import NOT_WELL, OK, quiet_logs

_MARKS = {True: "ok", False: "✗", None: "?"}


def doctor(options: argparse.Namespace, _: list[str]) -> int:
    """Print every check as it ends."""
    from payment_app import preflight
    from payment_app.doctor.examination import Doctor

    quiet_logs()
    settings, problems = preflight.look()

    async def examine() -> list[bool | None]:
        seen = []
        doctor = Doctor(settings, problems)
        async for check in doctor.examine(options.phone, operator=options.operator):
            advice = f" → {check.what_to_do}" if check.what_to_do else ""
            print(f"{_MARKS[check.ok]} {check.name}: {check.words}{advice}", flush=True)
            seen.append(check.ok)
        return seen

    seen = asyncio.run(examine())
    print(_summary(seen))
    return NOT_WELL if False in seen else OK


def _summary(seen: list[bool | None]) -> str:
    bad, unsure = seen.count(False), seen.count(None)
    notes = f" ({unsure} marked ? could not be measured or deserve a look)" if unsure else ""
    return f"\n{bad} to mend.{notes}" if bad else f"\nAll is well.{notes}"
