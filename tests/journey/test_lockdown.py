"""A lockdown reaches a unit that was offline, survives its death, and is lifted two ways."""

from __future__ import annotations

import time

from playwright.sync_api import Page, expect

from loquet_server.demo import village
from tests.brokers import until
from tests.journey.stack import CAMILLE, PATIENCE, YANIS, Stack
from tests.journey.stack_unit import StackUnit

CONFIRMED = "SELECT confirmed_at FROM lockdowns WHERE door = ? AND lifted_at IS NULL"
LAST = "SELECT * FROM lockdowns WHERE door = ? ORDER BY since DESC LIMIT 1"
DOORS = tuple(door.id for door in village.DOORS)


def lock_down_on_the_page(page: Page, door: str) -> None:
    page.get_by_role("link", name=f"Verrouiller d'urgence {door}").click()
    page.get_by_role("textbox", name="Motif, pour le journal").fill("Exercice")
    page.get_by_role("dialog").get_by_role("button", name="Verrouiller d'urgence").click()
    expect(page.get_by_role("dialog")).to_contain_text("passe en verrouillage d'urgence")
    page.keyboard.press("Escape")


def refusal(unit: StackUnit, uid: str) -> str:
    decision = unit.badge("entree-in", uid)
    assert decision.kind == "access_denied"
    return str(decision.body["reason"])


def test_a_lockdown_from_the_live_page_reaches_a_unit_that_was_offline(
    stack: Stack, page: Page
) -> None:
    unit = stack.entree
    page.goto(f"{stack.url}/?lang=fr")
    expect(page.locator("#connection")).to_have_attribute("data-state", "live")
    unit.network("cut")
    expect(page.get_by_role("article", name="Boîtier de l'entrée")).to_contain_text("Hors ligne")
    lock_down_on_the_page(page, "Porte d'entrée")
    door = page.get_by_role("article", name="Porte d'entrée")
    expect(door).to_contain_text("la porte n'a pas encore confirmé")
    assert unit.badge("entree-in", YANIS.uid).kind == "access_granted"

    restored = time.time()
    unit.network("whole")
    expect(door).to_contain_text("confirmé par la porte", timeout=PATIENCE * 1000)
    print(f"restored network to confirmed lockdown: {(time.time() - restored) * 1000:.0f} ms")
    assert refusal(unit, YANIS.uid) == "locked_down"

    started = len(unit.entries("unit_started"))
    stack.kill("entree/door")
    unit.waits_for("unit_started", started + 1)
    assert refusal(unit, YANIS.uid) == "locked_down"

    assert unit.badge("entree-in", CAMILLE.uid).kind == "access_granted"
    lifted = unit.waits_for("lockdown_lifted")
    assert lifted.body["by"] == CAMILLE.id
    until(lambda: stack.rows(LAST, "entree")[0]["lifted_by"] == CAMILLE.id, "the lift is known")
    expect(door).not_to_contain_text("confirmé par la porte")
    assert unit.badge("entree-in", YANIS.uid).kind == "access_granted"


def confirmed(stack: Stack, door: str) -> bool:
    return any(row[0] for row in stack.rows(CONFIRMED, door))


def of_the_space_by_keyboard(page: Page, order: str, reason: str) -> None:
    page.locator(f"#{order}").focus()
    page.keyboard.press("Enter")
    page.get_by_role("textbox", name="Motif, pour le journal").wait_for()
    page.keyboard.type(reason)
    page.keyboard.press("Enter")


def test_a_lockdown_of_the_space_is_confirmed_per_door_leaves_exits_free_and_is_lifted(
    stack: Stack, page: Page
) -> None:
    page.goto(f"{stack.url}/?lang=fr")
    expect(page.locator("#connection")).to_have_attribute("data-state", "live")
    of_the_space_by_keyboard(page, "site-lock-down", "Exercice")
    for door in DOORS:
        until(lambda door=door: confirmed(stack, door), f"{door} confirms")
    answers = page.get_by_role("dialog").locator(".wish-confirmed")
    expect(answers).to_have_count(len(DOORS))
    expect(answers.first).to_contain_text("confirmé par la porte")
    assert refusal(stack.entree, YANIS.uid) == "locked_down"
    with stack.entree.board() as board:
        board.press("exit:entree", 0.3)
    until(lambda: stack.entree.released("entree"), "the exit is free")
    stack.entree.leaf("entree", opened=True)
    stack.entree.leaf("entree", opened=False)

    page.keyboard.press("Escape")
    of_the_space_by_keyboard(page, "site-lift", "Fin de l'exercice")
    for door in DOORS:
        until(lambda door=door: not stack.get(f"doors/{door}")["lockdown"], f"{door} is free")
    assert stack.entree.entries("lockdown_lifted")[-1].body.get("by") is None
    assert stack.rows(LAST, "calme")[0]["lifted_by"] != CAMILLE.id
    assert stack.entree.badge("entree-in", YANIS.uid).kind == "access_granted"
