"""The whole suite in three processes: what drives a browser or several workers stays in one.

A run of everything (`pytest` without paths) is shared between the processes, file by file; a run of
chosen tests stays in one, where a debugger works. Tests that watch the clock of a real server would
disturb each other, so that they are one group, which starts first since it takes longest. The files
that kill and start servers come next: late, one of them would keep the others waiting.
"""

from __future__ import annotations

from typing import Any

import pytest
from xdist.scheduler import LoadScopeScheduling

from tests import front_end

ALONE = ("tests/browser/", "tests/reliability/test_workers.py")
"""What runs real servers and looks at the clock."""
EARLY = "tests/reliability/"
PROCESSES = 3
"""One more than the cores that we have in mind: browser and server tests wait half of the time."""


@pytest.hookimpl(tryfirst=True)  # before xdist reads the number
def pytest_cmdline_main(config: pytest.Config) -> None:
    """Several processes for a run of everything, unless `-n` says otherwise."""
    if hasattr(config, "workerinput"):
        return  # one of the processes: it starts no others
    everything = config.args_source is pytest.Config.ArgsSource.TESTPATHS
    one_by_one = config.option.collectonly or config.option.usepdb or config.option.keyword
    if everything and not one_by_one and config.option.numprocesses is None:
        config.option.numprocesses = PROCESSES


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """What takes longest begins."""
    if config.option.numprocesses or hasattr(config, "workerinput"):
        items.sort(key=lambda item: (not _alone(item.nodeid), not item.nodeid.startswith(EARLY)))


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Remove what the processes of this run shared."""
    if not hasattr(session.config, "workerinput"):
        front_end.forget()


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LoadScopeScheduling:
    """xdist asks for it in the process that hands out the tests."""
    config.option.loadscopereorder = False
    return _ByFile(config, log)


class _ByFile(LoadScopeScheduling):
    """Whole files in the order of their collection, and what must be alone as one of them."""

    def _split_scope(self, nodeid: str) -> str:
        return "alone" if _alone(nodeid) else nodeid.partition("::")[0]


def _alone(nodeid: str) -> bool:
    return nodeid.startswith(ALONE)
