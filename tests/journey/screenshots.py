"""Take pictures of every page, to be looked at: ``python -m tests.journey.screenshots``.

Phone and desktop, French and English, light and dark, empty, full and in trouble. They go to
``screenshots/``, which is not kept; with ``--readme`` also to ``docs/images/live.png``.
"""

import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from tests.journey.boards import wired_board
from tests.journey.conftest import ARGUMENTS, CHROMIUM
from tests.journey.pages import LivePages
from tests.journey.test_browser_bench import BADGES
from tests.server.pages import space

ROOT = Path(__file__).resolve().parents[2]
DOORS = ("entree", "calme")
DESKS = ("g01", "g02", "g03", "g04", "g05")
READERS = ("entree-in", "calme-in", "calme-out")


@dataclass(frozen=True)
class Screen:
    name: str
    width: int
    height: int


PHONE = Screen("phone", 390, 844)
DESKTOP = Screen("desktop", 1280, 800)
SHOTS = (
    ("/", PHONE, "fr", "light"), ("/", PHONE, "en", "dark"),
    ("/", DESKTOP, "fr", "light"), ("/", DESKTOP, "en", "dark"),
)  # fmt: skip
MORE = (
    ("/journal", PHONE, "fr", "light"), ("/journal", DESKTOP, "en", "light"),
    ("/occupancy", PHONE, "fr", "dark"), ("/occupancy", DESKTOP, "en", "light"),
    ("/live/doors/entree/release", PHONE, "fr", "light"),
    ("/bench", PHONE, "fr", "light"), ("/bench", DESKTOP, "en", "dark"),
)  # fmt: skip


def main() -> None:
    """Take all pictures, or only those whose name contains an argument."""
    target = ROOT / "screenshots"
    target.mkdir(exist_ok=True)
    with (
        sync_playwright() as playwright,
        tempfile.TemporaryDirectory(dir="/tmp") as folder,
        tempfile.TemporaryDirectory(dir="/tmp") as boards,
        wired_board(Path(boards) / "entree.sock", DOORS, DESKS, READERS),
    ):
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(ARGUMENTS))
        pages = LivePages(Path(folder), boards=Path(boards), badges=BADGES)
        try:
            for shot in SHOTS[:2]:
                take(browser, pages, target, "empty", *shot)
            pages.run(space.furnish(pages.database))
            for shot in (*SHOTS, *MORE):
                take(browser, pages, target, "full", *shot)
            if "--readme" in sys.argv:
                picture(browser, pages)
            pages.run(space.trouble(pages.database))
            for shot in SHOTS:
                take(browser, pages, target, "trouble", *shot)
        finally:
            pages.close()
            browser.close()


def take(
    browser: Browser, pages: LivePages, target: Path, state: str, path: str, screen: Screen,
    language: str, theme: str,
) -> None:  # fmt: skip
    """Take one picture of the whole page."""
    page_name = path.strip("/").replace("/", "-") or "live"
    name = f"{page_name}-{state}-{screen.name}-{language}-{theme}"
    wanted = [each for each in sys.argv[1:] if not each.startswith("--")]
    if wanted and not any(each in name for each in wanted):
        return
    context = browser.new_context(
        viewport={"width": screen.width, "height": screen.height},
        color_scheme="dark" if theme == "dark" else "light",
        locale=language,
    )
    page = context.new_page()
    page.goto(f"{pages.url}{path}?lang={language}")
    if page.locator("#live").count():
        page.locator("#connection[data-state=live]").wait_for()
    page.screenshot(path=target / f"{name}.png", full_page=True)
    context.close()


def picture(browser: Browser, pages: LivePages) -> None:
    """Take the picture of the README."""
    (ROOT / "docs" / "images").mkdir(parents=True, exist_ok=True)
    context = browser.new_context(viewport={"width": 1180, "height": 860}, color_scheme="light")
    page = context.new_page()
    page.goto(f"{pages.url}/?lang=en")
    page.locator("#connection[data-state=live]").wait_for()
    page.screenshot(path=ROOT / "docs" / "images" / "live.png")
    context.close()


if __name__ == "__main__":
    main()
