"""Badges' pages: four ways to add one end in one step; each act asks first; no number is shown."""

import re
from pathlib import Path

import httpx

from loquet_server.models import BadgeEnrolment, Credential
from tests.server.desk import make_office
from tests.server.house import UID, House
from tests.server.pages.desk import browser
from tests.server.pages.reading import text_of
from tests.server.test_badges import NEW, Enrolling, connect, presented, tapped

BOX = re.compile(r'name="box" value="([^"]+)"')


async def confirmed(pages: httpx.AsyncClient, page: str, base: str) -> httpx.Response:
    """Confirm the first thing that a page offers."""
    found = BOX.findall(page)
    assert NEW not in page.lower()
    data = {"box": found[0], "label": "Red 3", "deposit": "7,50"}
    return await pages.post(f"{base}/confirm", data=data)


async def the_new_one(house: House) -> Credential:
    (row,) = [each for each in await house.all(Credential) if each.id != "c1"]
    assert isinstance(row, Credential)
    assert house.keys.open_number(row.number_sealed).hex() == NEW
    return row


async def test_a_printed_number_becomes_a_badge(house: House, tmp_path: Path) -> None:
    office, _ = make_office(house, tmp_path)
    base = "/members/h1/badges"
    async with browser(office) as pages:
        offered = text_of((await pages.get(f"{base}/new")).text)
        assert "A badge for Camille" in offered
        page = await pages.post(f"{base}/read", data={"number": "04-AA-BB-CC-DD-EE-FF"})
        assert "…EEFF" in text_of(page.text)
        assert page.text.count('type="radio"') == 2
        done = await confirmed(pages, page.text, base)
        assert done.status_code == 303
        row = await the_new_one(house)
        assert (row.label, row.deposit_cents, row.holder) == ("Red 3", 750, "h1")
        shown = text_of((await pages.get(done.headers["location"])).text)
        assert "The badge is handed out" in shown
        assert "deposit 7.50 €" in text_of((await pages.get("/members/h1")).text)


async def test_a_french_keyboard_and_a_wrong_number(house: House, tmp_path: Path) -> None:
    office, _ = make_office(house, tmp_path)
    base = "/members/h1/badges"
    async with browser(office, "fr") as pages:
        page = await pages.post(f"{base}/read", data={"number": "àà((-è_ç&é"})
        assert page.status_code == 200
        assert "nombre décimal" in text_of(page.text)
        wrong = await pages.post(f"{base}/read", data={"number": "bonjour"})
        assert wrong.status_code == 422
        assert "Ce n'est pas un numéro de badge" in text_of(wrong.text)
        phone = text_of((await pages.post(f"{base}/read", data={"number": "08:aa:bb:cc"})).text)
        assert "aléatoire" in phone


async def test_what_looks_random_is_never_chosen_by_itself(house: House, tmp_path: Path) -> None:
    office, _ = make_office(house, tmp_path)
    async with browser(office) as pages:
        page = await pages.post("/members/h1/badges/read", data={"number": "08aabbcc"})
        assert " checked" not in page.text
        page = await pages.post("/members/h1/badges/read", data={"number": "04aabbcc"})
        assert page.text.count(" checked") == 1


async def test_a_refused_tap_becomes_a_badge(house: House, tmp_path: Path) -> None:
    office, _ = make_office(house, tmp_path)
    await tapped(house, NEW)
    base = "/members/h1/badges"
    async with browser(office) as pages:
        offered = await pages.get(f"{base}/new")
        assert f"{base}/taps/1" in offered.text
        page = await pages.get(f"{base}/taps/1")
        assert "held to a reader here" in text_of(page.text)
        assert (await confirmed(pages, page.text, base)).status_code == 303
        assert (await pages.get(f"{base}/taps/1")).status_code == 404
        assert f"{base}/taps/1" not in (await pages.get(f"{base}/new")).text
        assert (await pages.get(f"{base}/taps/99")).status_code == 404
    await the_new_one(house)


async def test_a_reader_waits_and_the_page_goes_on(house: House, tmp_path: Path) -> None:
    await connect(house)
    office, _ = make_office(house, tmp_path)
    base = "/members/h1/badges"
    async with browser(office) as pages:
        away = await pages.post(f"{base}/enrolments", data={"access_point": "in"})
        assert away.status_code == 504
        assert "does not answer" in text_of(away.text)
        office.exchange = Enrolling(house)
        begun = await pages.post(f"{base}/enrolments", data={"access_point": "in"})
        waiting = await pages.get(begun.headers["location"])
        assert "Hold the badge to the reader: Front." in text_of(waiting.text)
        assert "http-equiv" in waiting.text
        enrolment = begun.headers["location"].rpartition("/")[2]
        await presented(house, enrolment, NEW)
        page = await pages.get(begun.headers["location"])
        assert (await confirmed(pages, page.text, base)).status_code == 303
        used = text_of((await pages.get(begun.headers["location"])).text)
        assert "added already" in used
        foreign = await pages.get(f"/badges/enrolments/{enrolment}")
        assert foreign.status_code == 404
    await the_new_one(house)
    assert [row.used_at is None for row in await house.all(BadgeEnrolment)].count(False) == 1


async def test_the_stock_is_filled_and_handed_out(house: House, tmp_path: Path) -> None:
    office, recorder = make_office(house, tmp_path)
    async with browser(office) as pages:
        page = await pages.post("/badges/read", data={"number": NEW})
        assert (await confirmed(pages, page.text, "/badges")).status_code == 303
        row = await the_new_one(house)
        assert (row.status, row.holder, recorder.published) == ("stock", None, [])
        assert "Red 3" in (await pages.get("/members/h1/badges/new")).text
        given = await pages.post("/members/h1/badges/stock", data={"badge": row.id, "deposit": "5"})
        assert given.status_code == 303
        assert recorder.published != []
        again = await pages.post("/members/h1/badges/stock", data={"badge": row.id})
        assert again.status_code == 422
        known = await pages.post("/members/h1/badges/read", data={"number": UID.hex()})
        assert "Known already: Blue, Camille, handed out." in text_of(known.text)
        listed = text_of((await pages.get("/badges?q=red")).text)
        assert "Red 3 …EEFF Camille handed out" in listed
        assert "Blue" not in listed


async def test_a_box_of_another_page_is_not_taken(house: House, tmp_path: Path) -> None:
    office, _ = make_office(house, tmp_path)
    async with browser(office) as pages:
        page = await pages.post("/badges/read", data={"number": NEW})
        stolen = await confirmed(pages, page.text, "/members/h1/badges")
        assert stolen.status_code == 422
        house.now += 3600
        late = await confirmed(pages, page.text, "/badges")
        assert "waited too long" in text_of(late.text)
    assert len(await house.all(Credential)) == 1


async def test_lost_and_found_ask_first(house: House, tmp_path: Path) -> None:
    office, recorder = make_office(house, tmp_path)
    async with browser(office) as pages:
        asked = await pages.get("/badges/c1/lost")
        assert "It is refused at every door, at once." in text_of(asked.text)
        assert recorder.published == []
        done = await pages.post("/badges/c1/lost", data={"reason": "in the train"})
        shown = await pages.get(done.headers["location"])
        assert "/enforcement/badges/c1" in shown.text
        assert "Noted as lost." in text_of(shown.text)
        assert (await pages.get("/badges/c1/lost")).status_code == 303
        assert (await pages.post("/badges/c1/lost")).status_code == 422
        await pages.post("/badges/c1/found")
        await pages.post("/badges/c1/label", data={"label": "Green"})
    row = await house.get(Credential, "c1")
    assert (row.status, row.disabled, row.label) == ("handed_out", False, "Green")
