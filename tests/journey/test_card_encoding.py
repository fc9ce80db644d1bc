"""A badge is encoded at a desk's reader from its page; then no copy of it opens a proving door."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from loquet_server.demo import village
from tests.brokers import until
from tests.journey.stack import Stack
from tests.journey.stack_unit import StackUnit

DESK_READER = f"{village.BADGE_DESK}-badge"
DOOR, WAY = "entree", "entree-in"
KIND = "ultralight_aes"
MEMBER = next(each for each in village.members() if len(each.uid) == 14 and each.state == "valid")


@pytest.fixture
def phone(browser: Browser) -> Iterator[Page]:
    """A French manager's telephone, standing at the desk."""
    context = browser.new_context(locale="fr-FR", viewport={"width": 360, "height": 740})
    context.set_default_timeout(30_000)
    yield context.new_page()
    context.close()


@pytest.fixture
def proving_door(stack: Stack) -> Iterator[StackUnit]:
    """The unit of a door that lets in only who proves a key; afterwards as it was."""
    stack.wait_online()
    ask_for(stack, 2)
    yield stack.entree
    ask_for(stack, 1, accepts_copies=True)
    stack.wait_online()


def ask_for(stack: Stack, assurance: int, **more: bool) -> None:
    path = f"/api/v1/access-points/{WAY}"
    answer = stack.api.put(path, json={"minimum_assurance": assurance, **more})
    assert answer.status_code == 200, answer.text
    stack.wait_online()


def badge_of(stack: Stack) -> str:
    query = (
        "SELECT c.id FROM credentials c JOIN holders h ON h.id = c.holder"
        " WHERE h.name = ? AND c.status = 'handed_out' AND c.form = 'uid7'"
    )
    return str(stack.rows(query, MEMBER.name)[0][0])


def tap(unit: StackUnit, kind: str) -> dict[str, object]:
    """Hold the card to the door; return what was decided."""
    before = len(unit.decisions())
    with unit.board() as board:
        board.present_card(WAY, MEMBER.uid, kind=kind)
        until(lambda: len(unit.decisions()) > before, "the door decides")
        board.remove_card(WAY, MEMBER.uid)
    found = unit.decisions()[before]
    return {"kind": found.kind, **found.body}


def make_key(page: Page, stack: Stack) -> None:
    """Make the site's first key on its page, and wait until the unit has it."""
    page.goto(f"{stack.url}/card-keys")
    page.get_by_role("button", name="Créer la première clé").click()
    expect(page.get_by_role("status")).to_contain_text("La clé est créée")
    file = stack.entree.folder / "card-keys.json"
    until(file.exists, "the unit has fetched the key")
    assert file.stat().st_mode & 0o777 == 0o600


def encode(page: Page, stack: Stack, badge: str) -> None:
    """Choose the desk's reader, hold the card to it, and read that it is done."""
    page.goto(f"{stack.url}/badges/{badge}")
    page.get_by_role("link", name="Encoder la carte").click()
    page.get_by_label("Lecteur").select_option(f"entree/{DESK_READER}")
    page.get_by_role("button", name="Attendre la carte").click()
    expect(page.get_by_role("heading", name="En attente de la carte")).to_be_visible()
    with stack.entree.board() as board:
        board.present_card(DESK_READER, MEMBER.uid, kind=KIND)
        expect(page.get_by_role("heading", name="Le badge est encodé")).to_be_visible()
        board.remove_card(DESK_READER, MEMBER.uid)


def test_an_encoded_badge_opens_and_its_copy_does_not(
    stack: Stack, proving_door: StackUnit, phone: Page
) -> None:
    unit, badge = proving_door, badge_of(stack)
    assert tap(unit, KIND)["reason"] == "assurance_too_low", "a blank card is a number"
    make_key(phone, stack)
    encode(phone, stack, badge)

    opened = tap(unit, KIND)
    assert (opened["kind"], opened["assurance"]) == ("access_granted", 2)
    assert tap(unit, "plain")["reason"] == "assurance_too_low", "a copy of the number is refused"
    phone.goto(f"{stack.url}/badges/{badge}")
    expect(phone.get_by_text("prouve la clé 1")).to_be_visible()
    until(lambda: stack.is_told(unit), "all is told")
    secret = (unit.folder / "card-keys.json").read_text().split('"master":"')[1].split('"')[0]
    for file in unit.folder.rglob("*"):
        if file.is_file() and file.name != "card-keys.json":
            assert secret.encode() not in file.read_bytes(), f"{file} holds the master"
