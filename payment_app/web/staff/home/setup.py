"""What stands between a fresh installation and its first live payment. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from payment_app.services.console.figures import Figures
from payment_app.services.operations.health import Health, LinkState
from payment_app.web.staff.home.texts import SETUP


@dataclass(frozen=True)
class Step:
    """One step, a way to it ("" where it is not done on a page), and whether it is done."""

    words: str = ""
    href: str = ""
    done: bool = False


def show_setup(figures: Figures, health: Health, members: int) -> list[Step]:
    """The steps; none once real money has come in.

    Args:
        members: of staff that are not demo members.
    """
    paid = any(day.number for day in figures.days)
    rail = health.rail
    if rail == "live" and paid:
        return []
    backed_up = any(one.name == "backup" and one.state is LinkState.OK for one in health.links)
    return [
        Step(SETUP["try"], "/" if rail == "simulator" else "", paid or rail != "simulator"),
        Step(SETUP["staff"], "/staff/settings#staff", members > 0),
        Step(SETUP["keys"], "", rail != "simulator"),
        Step(SETUP["backup"], "/staff/settings#health", backed_up),
        Step(SETUP["live"], "", False),
    ]
