"""On a small phone, no page of the office is wider than it, and whatever is pressed is 44 px high.

44 px: WCAG 2.2, 2.5.5 (target size, enhanced); links within a sentence are left out, as there.
"""

from playwright.sync_api import Browser

from tests.journey.stack import DemoStack

PAGES = (
    "/", "/units", "/units/waiting", "/units/entree", "/units/entree/examination",
    "/units/entree/stolen", "/units/card", "/badge-key", "/thefts", "/doors", "/doors/entree",
    "/evacuation", "/enforcement", "/explain/area", "/members", "/plans", "/hours", "/bookings",
    "/incidents", "/notices", "/releases", "/badges", "/operators", "/settings", "/occupancy",
)  # fmt: skip
ALONE = "h2 > a, h3 > a, th > a, td > a, .crumb a, .list-booking > a, .places a, .way > div > a"
"""Links that are no part of a sentence."""
LOW = """all => all.filter(e => {
  const box = e.closest('label')?.querySelector('[type=checkbox], [type=radio]') === e
    ? e.closest('label').getBoundingClientRect() : e.getBoundingClientRect();
  const words = [...e.parentElement.childNodes].some(
    n => n !== e && n.nodeType === Node.TEXT_NODE && n.textContent.trim().length > 2);
  const said = e.tagName === 'A' && getComputedStyle(e).display === 'inline' && words;
  return e.checkVisibility() && box.width > 1 && !said && box.height < 43.5;
}).map(e => (e.textContent || e.name).trim().slice(0, 40))"""


def test_the_office_fits_a_thumb(browser: Browser, demo: DemoStack) -> None:
    context = browser.new_context(
        viewport={"width": 360, "height": 740}, locale="fr-FR", has_touch=True, is_mobile=True
    )
    page = context.new_page()
    wrong = []
    for path in PAGES:
        page.goto(f"{demo.url}{path}", wait_until="domcontentloaded")
        if page.evaluate("document.documentElement.scrollWidth") > 360:
            wrong.append(f"{path} is wider than the phone")
        pressed = f"main :is(.button, button, select, summary, .tabs a, {ALONE})"
        pressed += ", main input:not([type=hidden])"
        for text in page.eval_on_selector_all(pressed, LOW):
            wrong.append(f"{path}: {text}")
    context.close()
    assert not wrong, "\n".join(wrong)
