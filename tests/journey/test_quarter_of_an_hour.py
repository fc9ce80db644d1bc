"""A volunteer's quarter of an hour: from the printed code to a granted tap, in one browser.

The server starts on nothing; the unit is the one that it suggests itself, on a simulated board.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from loquet_server.admission.suggestion import WiredDoor, unit_toml
from loquet_server.broker import free_port
from tests.brokers import until
from tests.journey.stack import Stack
from tests.journey.stack_unit import StackUnit

PASSWORD = "moulin lanterne verger onze"
ADA, LEO, ZOE = "Ada Lefebvre", "Léo Marchal", "Zoé Klein"
BADGE_OF_ADA, BADGE_OF_LEO = "04a1b2c3d4e5f6", "04:11:22:33:44:55:66"
UNIT, DOOR, READER = "hall", "entree", "entree-reader"


class NewSpace(Stack):
    """A server that belongs to nobody yet; its unit comes later."""

    accounts = "required"

    def __init__(self) -> None:
        super().__init__()
        self.units = {}
        self.hall = StackUnit(self.data, UNIT, doors=(DOOR,))

    def start(self) -> None:
        self.start_server()

    def code(self) -> str:
        """The set-up code, as it was printed."""
        log = self.data / "server.log"
        until(lambda: "/setup" in log.read_text(), "the server prints its set-up code")
        found = re.search(r"type this code:\s+([0-9A-Z-]{19})", log.read_text())
        assert found is not None
        return found[1]

    def add_unit(self, site: str) -> None:
        """What an installer types; the suggested unit.toml, but on a simulated board."""
        unit, run = self.hall, self.folder / UNIT
        unit.folder.mkdir(parents=True)
        unit.socket.parent.mkdir(exist_ok=True)
        unit.socket.symlink_to(run / "board.sock")
        text = unit_toml(site, UNIT, [WiredDoor(DOOR)])
        for suggested, here in (
            ('board = "gpiochip0"', 'board = "simulated"'),
            ('driver = "rc522"', 'driver = "simulated"'),
            ("bus = 0\ndevice = 0\n", ""),
            ("/var/lib/loquet/identity.json", "identity.json"),
            ("/var/lib/loquet", "data"),
            ("/run/loquet", str(run)),
        ):
            assert suggested in text
            text = text.replace(suggested, here)
        cable = self._cables[UNIT] = free_port()
        unit.config.write_text(f'{text}\n[link]\nbroker = "127.0.0.1:{cable}"\n')
        code = self.run("add-unit", UNIT, "--door", DOOR)
        assert code.returncode == 0, code.stderr
        done = self.run_edge("enrol", code.stdout.strip(), "--config", str(unit.config))
        assert done.returncode == 0, done.stderr
        self.units[UNIT] = unit
        self.start_unit(unit)
        online = "SELECT 1 FROM unit_states WHERE unit = ? AND online"
        until(lambda: bool(self.rows(online, UNIT)), "the unit is online")


@pytest.fixture
def new_space() -> Iterator[NewSpace]:
    with NewSpace() as found:
        yield found


@pytest.fixture
def page(browser: Browser, new_space: NewSpace) -> Iterator[Page]:
    size = {"width": 1280, "height": 900}
    context = browser.new_context(base_url=new_space.url, locale="en-GB", viewport=size)
    context.set_default_timeout(15_000)
    yield context.new_page()
    context.close()


@pytest.mark.timeout(300)
def test_from_the_printed_code_to_a_granted_tap(page: Page, new_space: NewSpace) -> None:
    become_owner(page, new_space)
    site = name_the_space(page)
    set_hours(page)
    make_plans(page)
    for member, plan in ((ADA, "Resident"), (LEO, "Carnet"), (ZOE, "Resident")):
        add_member(page, member, plan)
    new_space.add_unit(site)
    hand_out_by_tap(page, new_space)
    hand_out_by_number(page, new_space)
    refused_and_mended(page, new_space)


def become_owner(page: Page, space: NewSpace) -> None:
    page.goto("/")
    page.get_by_label("Set-up code").fill(space.code())
    page.get_by_role("button", name="Go on").click()
    page.get_by_label("Name, as the record shows it").fill("Maud Vidal")
    page.get_by_label("Mail address").fill("maud@example.org")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_label("The same password again").fill(PASSWORD)
    page.get_by_label("Language").select_option("en")
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Your space")


def name_the_space(page: Page) -> str:
    page.get_by_label("Name of the space").fill("La Grange")
    page.get_by_label("Whom to call at a closed door").fill("Maud, 03 00 00 00 00")
    page.get_by_label("Department").select_option("67")
    page.get_by_role("button", name="Save and go on").click()
    page.get_by_label("From this machine alone").check()
    page.get_by_role("button", name="Save and go on").click()
    page.get_by_label("On site").check()
    page.get_by_role("button", name="Save and go on").click()
    page.get_by_role("button", name="Later").click()
    answer = page.request.get("/api/v1/sites").json()
    assert [each["name"] for each in answer] == ["La Grange"]
    return str(answer[0]["id"])


def set_hours(page: Page) -> None:
    """Working days, closed on public holidays: on Good Friday too, since this is Alsace."""
    page.goto("/hours")
    page.get_by_role("link", name="Write the opening hours").click()
    for day in ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday"):
        page.get_by_label(day).fill("9-12:30, 14-18")
    page.get_by_label("On public holidays").select_option("closed")
    page.get_by_role("button", name="See what it changes").last.click()
    year = page.locator("main")
    expect(page.get_by_role("heading", name="The next twelve months")).to_be_visible()
    expect(year).to_contain_text(re.compile("Good Friday|Vendredi saint"))
    page.get_by_role("button", name="Save these hours").click()
    expect(page.locator("main")).to_contain_text("09:00")


def make_plans(page: Page) -> None:
    """Day and night for residents; a carnet, at any hour so that this story has none."""
    for template, name in (("Resident", "Resident"), ("Carnet of day passes", "Carnet")):
        page.goto("/plans")
        page.get_by_role("link", name=re.compile(template)).last.click()
        page.get_by_label("Name in French").fill(name)
        page.get_by_label("Name in English").fill(name)
        page.get_by_label("Hours").first.select_option("always")
        page.get_by_role("button", name="Make this plan").click()
        expect(page.get_by_role("heading", level=1)).to_have_text(name)


def add_member(page: Page, member: str, plan: str) -> None:
    page.goto("/members/new")
    page.get_by_label("Name", exact=True).fill(member)
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(member)
    page.goto(f"{page.url.split('?')[0]}/plans/new")
    page.get_by_role("link", name=plan).click()
    page.get_by_role("button", name="Give this plan").click()
    expect(page.locator("main")).to_contain_text(plan)


def open_member(page: Page, member: str) -> None:
    page.goto("/members")
    page.get_by_role("link", name=member).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(member)


def add_badge(page: Page, member: str) -> None:
    open_member(page, member)
    page.goto(f"{page.url.split('?')[0]}/badges/new")


def hand_out_by_tap(page: Page, space: NewSpace) -> None:
    """Ada's badge is held to the door, on the bench page; the door stays shut."""
    add_badge(page, ADA)
    page.get_by_role("button", name="Wait for the badge").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Waiting for the badge")
    bench = page.context.new_page()
    bench.goto("/bench")
    bench.get_by_label("Any badge number").fill(BADGE_OF_ADA)
    bench.get_by_role("button", name="Tap this number").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Is it this badge?")
    assert not space.hall.released(DOOR)
    bench.close()
    hand_out(page, ADA, BADGE_OF_ADA)


def hand_out_by_number(page: Page, space: NewSpace) -> None:
    add_badge(page, LEO)
    page.get_by_role("textbox", name="Number").fill(BADGE_OF_LEO)
    page.get_by_role("button", name="Go on").click()
    hand_out(page, LEO, BADGE_OF_LEO)
    tap(space, BADGE_OF_ADA, "access_granted")


def hand_out(page: Page, member: str, number: str) -> None:
    expect(page.locator("main")).to_contain_text(number[-2:].upper())
    page.get_by_role("button", name=f"Hand it out to {member}").click()
    expect(page.locator("main")).to_contain_text(member)
    expect(page.locator("body")).not_to_contain_text(number.replace(":", ""))


def tap(space: NewSpace, number: str, kind: str) -> None:
    """Tap until the unit enforces what was saved a moment ago; then it must stay so."""
    uid = number.replace(":", "")
    until(lambda: space.hall.badge(READER, uid).kind == kind, f"{number} is {kind}")


def refused_and_mended(page: Page, space: NewSpace) -> None:
    """No pass left; the page says why and what to do; a carnet is sold; the door opens."""
    until(lambda: said(space) == "no_pass_left", "Léo is refused for want of a pass")
    refusal = page.locator("tr").filter(has_text=LEO).filter(has_text="Carnet used up")

    def told() -> bool:
        page.goto("/journal?group=access")
        return refusal.count() > 0

    until(told, "the journal tells of the refusal")
    refusal.first.get_by_role("link", name=re.compile("why", re.I)).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Why was this badge refused?")
    expect(page.locator("main")).to_contain_text(LEO)
    expect(page.locator("main")).to_contain_text(re.compile("No pass left|Carnet used up"))
    page.get_by_role("region", name="What you can do").get_by_role("link").first.click()
    page.get_by_role("link", name="Sell or correct passes").click()
    page.get_by_label("How many").fill("10")
    page.get_by_role("button", name="Sell", exact=True).click()
    expect(page.locator("main")).to_contain_text("10 passes left")
    tap(space, BADGE_OF_LEO, "access_granted")
    assert space.hall.released(DOOR)
    space.hall.leaf(DOOR, opened=True)
    space.hall.leaf(DOOR, opened=False)
    space.hall.waits_for("access_taken")

    def left() -> bool:
        page.reload()
        return "9 passes left" in page.locator("main").inner_text()

    until(left, "the entry has taken one pass")
    page.goto("/")
    expect(page.locator("main")).to_contain_text(LEO)


def said(space: NewSpace) -> str:
    """What the door says to Léo's badge."""
    decision = space.hall.badge(READER, BADGE_OF_LEO.replace(":", ""))
    return str(decision.body.get("reason", decision.kind))
