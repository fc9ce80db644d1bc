"""A newcomer puts a blank unit on the wall: a code to compare, one click, and the door works."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from loquet_contract.wire.adoption import Token
from loquet_server.admission.tokens import AdoptionTokens
from loquet_server.database import Database
from loquet_server.demo import village
from loquet_server.settings import Settings
from loquet_server.who import SHELL
from tests.brokers import until
from tests.journey.stack import (
    CAMILLE,
    PATIENCE,
    START_SECONDS,
    STOP_SECONDS,
    Stack,
    edge_command,
    in_a_thread,
)
from tests.journey.stack_unit import StackUnit

GOAL_SECONDS = 30.0


class WithBlankUnit(Stack):
    """Le Moulin before its first unit: everything is known but the box at the entrance."""

    def __init__(self) -> None:
        super().__init__()
        self.units = {}
        self.box = self.folder / "box"
        self._blank: subprocess.Popen[bytes] | None = None
        self.token: Token | None = None

    def start(self) -> None:
        in_a_thread(self._seed)
        self.start_server()
        in_a_thread(self._card)
        self.box.mkdir()
        assert self.token is not None
        (self.box / "adoption-token").write_text(self.token.text())

    def switch_on(self) -> None:
        """Give the box power: it has an SD card, and nothing else."""
        with (self.folder / "box.log").open("ab") as log:
            self._blank = subprocess.Popen(
                [*edge_command(), "simulate", "--config", str(self.box / "unit.toml")],
                env=self.environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                start_new_session=True,
            )  # fmt: skip

    def stop(self) -> None:
        if self._blank is not None:
            self._blank.terminate()
            self._blank.wait(STOP_SECONDS)
        super().stop()

    def shows(self) -> str:
        """The code on the box."""
        shown = self.box / "adoption.json"
        until(shown.exists, "the unit shows its code", START_SECONDS)
        return str(json.loads(shown.read_text())["code"])

    async def _card(self) -> None:
        database = Database(f"sqlite+aiosqlite:///{self.data / 'loquet.db'}")
        settings = Settings(data=self.data, address=self.url)
        try:
            async with database.with_transaction() as session:
                tokens = AdoptionTokens(session, settings, self.keys())
                issued = await tokens.issue(village.SITE, SHELL, int(time.time() * 1000))
        finally:
            await database.close()
        self.token = Token.from_text(issued.text)


@pytest.fixture
def space() -> Iterator[WithBlankUnit]:
    with WithBlankUnit() as found:
        yield found


@pytest.fixture
def page(browser: Browser, space: WithBlankUnit) -> Iterator[Page]:
    context = browser.new_context(
        base_url=space.url, locale="fr-FR", viewport={"width": 360, "height": 740}
    )
    context.set_default_timeout(PATIENCE * 1000)
    yield context.new_page()
    context.close()


@pytest.mark.timeout(240)
def test_a_newcomer_adopts_a_unit_and_the_first_badge_opens(
    page: Page, space: WithBlankUnit, capsys: pytest.CaptureFixture[str]
) -> None:
    page.goto("/units/waiting")
    expect(page.locator("main")).to_contain_text("Aucun boîtier n'attend")
    space.switch_on()
    code = space.shows()
    expect(page.locator(".adopt-code")).to_have_text(code)  # the page follows by itself
    page.get_by_role("link", name="Associer").click()
    page.get_by_role("button", name="Associer").click()
    expect(page.locator("main")).to_contain_text("Comparez d'abord le code")
    page.get_by_label("Le boîtier montre ce code").check()
    page.get_by_label("Place").select_option(label=village.UNITS["entree"])
    began = time.monotonic()
    page.get_by_role("button", name="Associer").click()
    expect(page.locator("main")).to_contain_text("Le boîtier est associé")
    unit = Box(space.box)
    until(unit.alive, "the unit has its lines", START_SECONDS)
    tap = unit.badge("entree-in", CAMILLE.uid)
    seconds = time.monotonic() - began
    assert tap.kind == "access_granted"
    with capsys.disabled():
        print(f"\nadoption to first granted tap: {seconds:.1f} s")
    assert seconds < GOAL_SECONDS
    expect(page.locator(".chip-good")).to_have_text("fonctionne")


class Box(StackUnit):
    """The unit that the box has become."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, "entree")
        self.folder, self.config = folder, folder / "unit.toml"
        self.socket = folder / "run" / "board.sock"
        self.journal_file = folder / "data" / "journal.db"
