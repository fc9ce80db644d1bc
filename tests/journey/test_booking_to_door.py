"""A room opens only for its booking: made on the page, at the door within seconds."""

from __future__ import annotations

import time
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from loquet_server.demo import village
from tests.brokers import until
from tests.journey.stack import YANIS, Stack
from tests.journey.test_browser_live import RULES

ROOM, WAY = "atelier", "atelier-in"
PROMISED_SECONDS = 10.0
SLOT = 15


def times() -> tuple[datetime, datetime]:
    """Return a slot that has just begun, on the wall of the space, and a later end."""
    now = datetime.now(ZoneInfo(village.TIMEZONE))
    starts = now - timedelta(minutes=now.minute % SLOT)
    return starts, starts + timedelta(minutes=2 * SLOT)


def choose(stack: Stack, how: str) -> None:
    """Say how the room is booked."""
    answer = stack.api.post(
        f"/bookings/settings/room/{ROOM}",
        data={"how": how, "slot": SLOT, "lead": 0, "lag": 0},
        follow_redirects=False,
    )
    assert answer.status_code == 303, answer.text


def book(page: Page, stack: Stack) -> tuple[str, float]:
    """Fill in the form on a telephone; return the address of the booking, and when it was sent."""
    starts, ends = times()
    page.goto(f"{stack.url}/bookings/new?what=room/{ROOM}")
    page.locator("#day").fill(starts.date().isoformat())
    page.locator("#starts").fill(f"{starts:%H:%M}")
    page.locator("#ends").fill(f"{ends:%H:%M}")
    page.get_by_text("Plus de choix").click()
    page.get_by_label("Jusqu'à un autre jour").fill(ends.date().isoformat())
    page.locator("#holder").select_option(label=YANIS.name)
    page.get_by_label("Passer outre les limites du forfait du membre").check()
    found = Axe().run(page, options=RULES)
    assert found.response["violations"] == [], found.generate_report()
    sent = time.monotonic()
    page.get_by_role("button", name="Réserver").click()
    expect(page.get_by_role("status")).to_contain_text("C'est réservé")
    return page.url.partition("?")[0], sent


def test_a_room_opens_for_its_booking_and_for_nothing_else(stack: Stack, browser: Browser) -> None:
    stack.wait_online()
    unit = stack.atelier
    phone = browser.new_context(locale="fr-FR", viewport={"width": 360, "height": 740})
    phone.set_default_timeout(15_000)
    page = phone.new_page()
    applied = len(unit.entries("policy_applied"))
    choose(stack, "only")
    try:
        unit.waits_for("policy_applied", applied + 1)
        assert unit.badge(WAY, YANIS.uid).body["reason"] == "unauthorized"
        booking, made = book(page, stack)
        unit.waits_for("policy_applied", applied + 2)
        took = time.monotonic() - made
        print(f"booking to the unit: {took * 1000:.0f} ms")
        assert took < PROMISED_SECONDS
        assert unit.badge(WAY, YANIS.uid).kind == "access_granted"
        until(lambda: unit.released(ROOM), "the door of the room is released")
        opened = len(unit.entries("door_opened"))
        unit.leaf(ROOM, opened=True)
        unit.waits_for("door_opened", opened + 1)
        unit.leaf(ROOM, opened=False)
        expect_begun(page, booking)
        page.get_by_role("link", name="Y mettre fin").click()
        page.get_by_role("button", name="Annuler la réservation").click()
        expect(page.get_by_role("status")).to_contain_text("annulée")
        unit.waits_for("policy_applied", applied + 3)
        assert unit.badge(WAY, YANIS.uid).kind == "access_denied"
    finally:
        phone.close()
        choose(stack, "no")
    unit.waits_for("policy_applied", applied + 4)
    assert unit.badge(WAY, YANIS.uid).kind == "access_granted"


def expect_begun(page: Page, booking: str) -> None:
    """Wait until the booking says by itself that somebody came by badge."""

    def begun() -> bool:
        page.goto(booking)
        return "par badge" in page.inner_text("main")

    until(begun, "the booking has begun by badge")
