"""Take pictures of every page, to be looked at: ``python -m tests.journey.screenshots``.

Phone and desktop, French and English, light and dark, empty, full and in trouble. They go to
``screenshots/``, which is not kept; with ``--readme`` also to ``docs/images/live.png``.
"""

import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, Playwright, sync_playwright

from tests.journey.boards import wired_board
from tests.journey.conftest import ARGUMENTS, CHROMIUM
from tests.journey.pages import LivePages
from tests.journey.stack import DemoStack
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
VILLAGE = (
    "/units", "/units/waiting", "/units/entree", "/units/entree/examination",
    "/units/entree/restart", "/units/entree/logs", "/units/entree/edit", "/units/entree/remove",
    "/units/entree/stolen", "/units/card", "/badge-key", "/thefts", "/releases", "/doors",
    "/doors/entree", "/doors/entree/proof", "/doors/entree/plate", "/enforcement",
    "/explain/area", "/evacuation", "/evacuation/plan", "/kiosk", "/incidents", "/members",
    "/badges", "/plans", "/hours", "/calendar", "/bookings", "/pins", "/sensors", "/floors",
    "/settings", "/audit",
    "/me/link/visite", "/me", "/me/bookings", "/me/passages", "/me/badges", "/me/data",
)  # fmt: skip
"""Pages of the village of the demo; the last ones as the member whose link it is."""
LOOKS = ((PHONE, "fr", "light"), (DESKTOP, "en", "dark"))


def main() -> None:
    """Take all pictures, or only those whose name contains an argument."""
    target = ROOT / "screenshots"
    target.mkdir(exist_ok=True)
    with sync_playwright() as playwright:
        space_of_tests(playwright, target)
        village(playwright, target)


def village(playwright: Playwright, target: Path) -> None:
    """Take the pages of the office and of a member in the demo, then those of a theft."""
    browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(ARGUMENTS))
    with DemoStack() as demo:
        for look in LOOKS:
            context = context_of(browser, *look)
            for path in VILLAGE:
                photograph(context, demo.url, target, "village", path, *look)
            context.close()
        report = stolen(browser, demo.url)
        for look in LOOKS:
            context = context_of(browser, *look)
            for path in (report, "/badge-key", "/thefts", "/units/atelier"):
                photograph(context, demo.url, target, "theft", path, *look)
            context.close()
    browser.close()


def stolen(browser: Browser, base: str) -> str:
    """Report the second unit of the village stolen; return the path of the report."""
    context = context_of(browser, *LOOKS[0])
    page = context.new_page()
    page.goto(f"{base}/units/atelier/stolen")
    page.locator("#reason").fill("La serrure a été forcée dans la nuit.")
    page.locator("#sure").check()
    page.locator("button.button-danger").click()
    page.wait_for_url("**/thefts/*")
    found = urlsplit(page.url).path
    context.close()
    return found


def space_of_tests(playwright: Playwright, target: Path) -> None:
    """Take the live pages, empty, full and in trouble, over the space that tests furnish."""
    with (
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
    """Take one picture of the whole page, in a browser of its own."""
    context = context_of(browser, screen, language, theme)
    photograph(context, pages.url, target, state, path, screen, language, theme)
    context.close()


def context_of(browser: Browser, screen: Screen, language: str, theme: str) -> BrowserContext:
    """Return a browser with this screen, language and theme."""
    return browser.new_context(
        viewport={"width": screen.width, "height": screen.height},
        color_scheme="dark" if theme == "dark" else "light",
        locale=language,
    )


def photograph(
    context: BrowserContext, base: str, target: Path, state: str, path: str, screen: Screen,
    language: str, theme: str,
) -> None:  # fmt: skip
    """Take one picture of the whole page, if its name was asked for."""
    page_name = path.strip("/").replace("/", "-") or "live"
    name = f"{page_name}-{state}-{screen.name}-{language}-{theme}"
    wanted = [each for each in sys.argv[1:] if not each.startswith("--")]
    if wanted and not any(each in name for each in wanted):
        return
    page = context.new_page()
    page.goto(f"{base}{path}?lang={language}")
    if page.locator("#live").count():
        page.locator("#connection[data-state=live]").wait_for()
    page.screenshot(path=target / f"{name}.png", full_page=True)
    page.close()


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
