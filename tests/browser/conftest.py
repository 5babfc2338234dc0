from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.server import Server, run_app

expect.set_options(timeout=15_000)  # a shared, busy machine is no fault of the page


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One app for all browser tests; prompts wait for their answer."""
    folder = tmp_path_factory.mktemp("app")
    with run_app(folder, SIMULATOR_AUTO_COMPLETE_SECONDS="0") as running:
        yield running


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """A customer's phone: 360 px wide, English."""
    opened = browser.new_context(viewport={"width": 360, "height": 740}, locale="en-KE")
    opened.set_default_timeout(15_000)
    yield opened
    opened.close()


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """A page that must not log an error."""
    opened = context.new_page()
    trouble: list[str] = []
    opened.on("pageerror", lambda error: trouble.append(str(error)))
    opened.on("console", lambda line: trouble.append(line.text) if line.type == "error" else None)
    yield opened
    assert trouble == []
