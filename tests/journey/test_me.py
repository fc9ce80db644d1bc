"""A member with a telephone: in by a link, the lost badge dead, a door opened by a host."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.brokers import until
from tests.journey import conftest
from tests.journey.stack import YANIS, Stack

PATIENCE_MS = 60_000
RULES = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"]}}


@pytest.fixture
def telephone(browser: Browser) -> Iterator[Page]:
    """A small screen, dark, that moves nothing."""
    context = browser.new_context(
        locale="fr-FR", viewport={"width": 360, "height": 740}, color_scheme="dark",
        reduced_motion="reduce",
    )  # fmt: skip
    context.set_default_timeout(PATIENCE_MS)
    expect.set_options(timeout=PATIENCE_MS)
    yield context.new_page()
    expect.set_options(timeout=conftest.PATIENCE_MS)
    context.close()


@pytest.fixture
def blockable(stack: Stack) -> Iterator[str]:
    """Yanis's badge, which counts again afterwards."""
    stack.wait_online()
    badge = str(stack.get(f"badges?holder={YANIS.id}")[0]["id"])
    yield badge
    stack.post(f"badges/{badge}/found")
    stack.wait_online()


def test_from_a_link_to_a_dead_badge_and_an_open_door(
    stack: Stack, page: Page, telephone: Page, blockable: str
) -> None:
    page.set_default_timeout(PATIENCE_MS)
    page.goto(f"{stack.url}/members/{YANIS.id}/link")
    page.get_by_role("button", name="Créer un lien personnel").click()
    expect(page.get_by_role("img", name="Code QR du lien")).to_be_visible()
    telephone.goto(page.locator("#link").inner_text())
    telephone.get_by_role("button", name="Ouvrir mon espace").press("Enter")
    expect(telephone.get_by_role("heading", level=1)).to_contain_text(YANIS.name)
    assert fits(telephone)

    telephone.get_by_role("link", name="J'ai perdu mon badge").click()
    telephone.get_by_role("link", name="Je l'ai perdu").click()
    telephone.get_by_role("button", name="Oui, le bloquer maintenant").click()
    expect(telephone.get_by_text("Ce badge n'ouvre plus rien")).to_be_visible()
    refused = stack.entree.badge("entree-in", YANIS.uid)
    assert (refused.kind, refused.body["reason"]) == ("access_denied", "credential_disabled")

    before = stack.entree.movements("entree")
    telephone.get_by_role("link", name="Ouvrez-moi").click()
    telephone.get_by_label("Porte d'entrée").check()
    assert fits(telephone)
    telephone.get_by_role("button", name="Demander à entrer").click()
    expect(telephone.get_by_text("Votre demande est à l'écran des hôtes")).to_be_visible()
    page.goto(f"{stack.url}/help")
    page.get_by_role("link", name=YANIS.name).click()
    page.get_by_label("Un mot au membre").fill("Bonjour !")
    page.get_by_role("button", name="Ouvrir la porte").click()
    expect(page.get_by_text("La porte a été ouverte et le membre prévenu.")).to_be_visible()
    until(lambda: stack.entree.movements("entree") > before, "the relay has moved")
    expect(telephone.get_by_text("La porte est ouverte pour vous : entrez")).to_be_visible()
    expect(telephone.get_by_text("Bonjour !")).to_be_visible()


def fits(page: Page) -> bool:
    """Return whether a page needs no scrolling sideways, and everybody can use it."""
    found = Axe().run(page, options=RULES)
    assert found.violations_count == 0, found.generate_report()
    return bool(page.evaluate("document.documentElement.scrollWidth <= innerWidth"))
