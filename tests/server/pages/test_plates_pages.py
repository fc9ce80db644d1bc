"""A door's plate, and the help that its code leads to: plain words, no secret, nobody's name."""

import re
from copy import copy
from pathlib import Path

import httpx
import pytest

from loquet_contract.access.reasons import ENGLISH, FRENCH, Reason
from loquet_contract.feedback import PATTERNS, Shown
from loquet_server.app import create_app
from loquet_server.database import Database
from loquet_server.office import Office
from loquet_server.plates.views import OPENS, REFUSES, TELLS
from loquet_server.settings import Accounts
from loquet_server.web.rhythm import WIDTH, WINDOW, rhythm
from loquet_server.web.shown_words import MEANING
from tests.server.pages.desk import browser
from tests.server.pages.moulin import moulin
from tests.server.pages.reading import text_of

CONTACT = "Camille, 02 00 00 00 00"


@pytest.fixture
async def office(furnished: Database, tmp_path: Path) -> Office:
    return (await moulin(furnished, tmp_path))[1]


def stranger(office: Office) -> httpx.AsyncClient:
    """Return a browser that has not signed in, where nobody else is let in."""
    strict = copy(office)
    strict.settings = office.settings.model_copy(update={"accounts": Accounts.REQUIRED})
    transport = httpx.ASGITransport(create_app(strict), client=("127.0.0.1", 40000))
    return httpx.AsyncClient(
        transport=transport, base_url="http://localhost:8000", headers={"accept": "text/html"}
    )


async def test_a_plate_says_where_to_hold_the_badge_and_whom_to_call(office: Office) -> None:
    async with browser(office) as pages:
        page = (await pages.get("/doors/entree/plate?lang=en")).text
    text = text_of(page)
    assert "Porte d'entrée Hold your badge to the reader." in text
    assert f"Call: {CONTACT}" in text and "Everybody can always leave." in text
    assert "/help/door/entree" in text
    assert 'src="data:image/svg+xml' in page and "<style" not in page


async def test_a_plate_comes_in_french(office: Office) -> None:
    async with browser(office) as pages:
        text = text_of((await pages.get("/doors/entree/plate?lang=fr")).text)
    assert "Présentez votre badge au lecteur." in text and f"Appelez : {CONTACT}" in text


async def test_a_door_that_is_not_there_has_no_plate_and_no_help(office: Office) -> None:
    async with browser(office) as pages:
        assert (await pages.get("/doors/nowhere/plate")).status_code == 404
        assert (await pages.get("/help/door/nowhere")).status_code == 404


@pytest.mark.parametrize(("language", "words"), [("en", ENGLISH), ("fr", FRENCH)])
async def test_a_stranger_reads_every_refusal_in_plain_words(
    office: Office, language: str, words: dict[Reason, object]
) -> None:
    async with stranger(office) as outside:
        answer = await outside.get(f"/help/door/entree?lang={language}")
        assert answer.status_code == 200
        assert (await outside.get("/doors/entree/plate")).status_code in (303, 401)
    text = text_of(answer.text)
    for reason in Reason:
        said = words[reason].member  # type: ignore[attr-defined]
        assert text_of(said.format(when="…", contact=CONTACT)) in text
    assert "Annick" not in text and "/login" not in answer.text


async def test_a_stranger_may_not_ask_for_ever(office: Office) -> None:
    async with stranger(office) as outside:
        asked = [(await outside.get("/help/door/entree")).status_code for _ in range(61)]
    assert asked[-1] == 429 and set(asked[:-1]) == {200}


def test_everything_that_a_door_shows_is_explained() -> None:
    assert set(MEANING) == set(Shown)
    assert set(Shown) - {Shown.IDLE, Shown.RELEASED} == {*OPENS, *REFUSES, *TELLS}


@pytest.mark.parametrize("shown", Shown)
def test_a_rhythm_is_drawn_as_the_door_plays_it(shown: Shown) -> None:
    drawn = rhythm(shown.value)
    assert drawn is not None
    pattern = PATTERNS[shown]
    for step in range(int(WINDOW * 20)):
        seconds = (step + 0.5) / 20
        found = pattern.at(seconds)
        x = seconds * WIDTH / WINDOW
        lit = any(bar.x <= x < bar.x + bar.width for bar in drawn.lights)
        heard = any(bar.x <= x < bar.x + bar.width for bar in drawn.sounds)
        assert (lit, heard) == (
            found is not None and found[0].lit, found is not None and found[0].sound
        )  # fmt: skip
    assert len(drawn.values.split(";")) == len(drawn.times.split(";"))
    assert re.fullmatch(r"[01](;[01])*", drawn.values)


def test_a_name_of_another_version_is_not_drawn() -> None:
    assert rhythm("of another version") is None
