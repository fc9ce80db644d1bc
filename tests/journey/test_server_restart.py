"""The server dies under an open live page; the page comes back by itself and is right again."""

from __future__ import annotations

import time

from playwright.sync_api import Page, expect

from tests.journey.stack import LATE, PATIENCE, YANIS, Stack


def test_the_live_page_comes_back_by_itself_and_shows_what_it_missed(
    stack: Stack, page: Page
) -> None:
    page.goto(f"{stack.url}/?lang=fr")
    connection = page.locator("#connection")
    expect(connection).to_have_text("En direct")
    page.evaluate("window.stayed = true")
    stack.kill("server")
    expect(connection).to_contain_text("Connexion perdue")
    assert stack.atelier.badge("atelier-in", YANIS.uid).kind == "access_granted"
    assert stack.atelier.badge("atelier-in", LATE.uid).kind == "access_denied"
    began = time.time()
    stack.start_server()
    up = time.time()
    expect(connection).to_have_text("En direct", timeout=PATIENCE * 1000)
    print(f"server up in {up - began:.1f} s, page live {time.time() - up:.1f} s later")
    stack.wait_online()
    first = page.get_by_role("region", name="Derniers passages").get_by_role("listitem")
    expect(first.nth(0)).to_contain_text(LATE.name, timeout=PATIENCE * 1000)
    expect(first.nth(1)).to_contain_text(YANIS.name)
    unit = page.get_by_role("article", name="Boîtier de l'atelier")
    expect(unit).to_contain_text("En ligne", timeout=PATIENCE * 1000)
    assert page.evaluate("window.stayed") is True
