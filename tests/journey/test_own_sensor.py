"""A sensor that the space owns: from its own broker over a unit to the page, mapped on the way."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.brokers import HomeBroker, Listener, RealBroker, running, until
from tests.contract.shapes import MOTION
from tests.journey.stack import Stack

TOPIC = "zigbee2mqtt/fenetre"


@pytest.fixture
def home(short_folder: Path) -> Iterator[RealBroker]:
    with running(HomeBroker, short_folder / "home") as found:
        yield found


@pytest.fixture
def listening(stack: Stack, home: RealBroker) -> Iterator[Stack]:
    """Le Moulin, whose unit at the entrance knows the space's own broker."""
    unit = stack.entree
    before = unit.config.read_text()
    (unit.folder / "home.password").write_text(f"{home.server_password}\n")
    reconfigured(
        stack,
        f'{before}\n[sensors]\nbroker = "{home.host}:{home.port}"\n'
        f'user = "{home.server_user}"\npassword_file = "home.password"\n',
    )
    yield stack
    reconfigured(stack, before)
    stack.wait_online()


def reconfigured(stack: Stack, text: str) -> None:
    """Give the unit at the entrance another ``unit.toml``, as an installer would."""
    stack.stop_unit(stack.entree)
    stack.entree.config.write_text(text)
    stack.start_unit(stack.entree)


def shown(page: Page, stack: Stack) -> list[str]:
    """The states that the page of sensors shows."""
    page.goto(f"{stack.url}/sensors?lang=fr")
    return page.locator(".chip").all_inner_texts()


def test_a_motion_detector_of_the_house_makes_a_meeting_room_taken(
    home: RealBroker, listening: Stack, page: Page
) -> None:
    stack = listening
    sensor = Listener(home, home.server_user, home.server_password)
    until(lambda: "écoute" in shown(page, stack), "the unit listens")
    page.goto(f"{stack.url}/sensors/new?unit=entree")
    page.get_by_role("button", name="Montrer ce qu'il entend").click()

    def listed() -> bool:
        sensor.publish(TOPIC, MOTION % b"false")
        return page.get_by_role("link", name=TOPIC).count() > 0

    until(listed, "the page shows what the unit hears")
    page.get_by_role("link", name=TOPIC).click()
    page.get_by_label("Nouveau poste").fill("Salle du puits")
    page.get_by_label("Zone", exact=True).select_option(index=1)
    expect(page.get_by_text("au repos", exact=True)).to_be_visible()
    page.get_by_role("button", name="Enregistrer").click()
    expect(page.get_by_text("Le capteur est ajouté")).to_be_visible()

    def state() -> str:
        desks = {each["name"]: each["state"] for each in stack.get("desks?limit=500")}
        return str(desks.get("Salle du puits"))

    def taken() -> bool:
        sensor.publish(TOPIC, MOTION % b"true")
        return state() == "occupied"

    until(taken, "somebody who moves makes it taken")
    sensor.publish(f"{TOPIC}/availability", '{"state":"offline"}', retain=True)
    until(lambda: state() == "unknown", "a sensor that is gone makes it unknown, never free")
    until(lambda: "perdu" in shown(page, stack), "its page says that it is lost")
    sensor.close()
