"""A real headless Chromium, once for all journeys."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    Page,
    Playwright,
    expect,
    sync_playwright,
)

from tests.journey.guarded import GuardedStack
from tests.journey.pages import LivePages
from tests.journey.stack import DemoStack, Stack
from tests.server.pages import space

CHROMIUM = "/usr/bin/chromium"
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-dev-shm-usage",
    "--disable-sync",
    "--no-first-run",
)
PATIENCE_MS = 20_000
"""A machine that does other things meanwhile may take long; what came is seen at once."""


@pytest.fixture(scope="package")
def playwright() -> Iterator[Playwright]:
    """The driver of the browser."""
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as found:
        yield found


@pytest.fixture(scope="package")
def browser(playwright: Playwright) -> Iterator[Browser]:
    """Debian's Chromium."""
    found = playwright.chromium.launch(executable_path=CHROMIUM, args=list(ARGUMENTS))
    yield found
    found.close()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """A French person's browser, who has never been here."""
    found = browser.new_context(locale="fr-FR", viewport={"width": 1280, "height": 800})
    found.set_default_timeout(PATIENCE_MS)
    yield found
    found.close()


@pytest.fixture
def page(context: BrowserContext) -> Page:
    """An empty page; what its scripts complain about is an error of the test."""
    return context.new_page()


@pytest.fixture
def pages(tmp_path: Path) -> Iterator[LivePages]:
    """The pages of a furnished space, behind a port."""
    found = LivePages(tmp_path)
    try:
        found.run(space.furnish(found.database))
        yield found
    finally:
        found.close()


@pytest.fixture(scope="package")
def stack() -> Iterator[Stack]:
    """A server and its units, each to be killed alone; whoever borrows it puts it right again.

    Every unit comes to the broker by TLS, with its certificate.
    """
    with GuardedStack() as found:
        yield found


@pytest.fixture(scope="package")
def demo() -> Iterator[DemoStack]:
    """What a visitor sees after ``make demo``, with nobody who comes by himself."""
    with DemoStack() as found:
        yield found
