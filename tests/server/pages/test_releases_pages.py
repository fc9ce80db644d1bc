"""The page of updates: empty, offered, held up, stopped; in French too."""

from pathlib import Path

import pytest

from loquet_contract.wire.events_updates import SoftwareUpdated, UpdateFailed
from loquet_server.models import Action, Audit, Incident
from loquet_server.releases.shelf import Shelf
from loquet_server.web import release_words
from loquet_server.web.i18n import translations
from tests.server.desk import make_office
from tests.server.house import START, UNIT, House
from tests.server.pages.desk import browser
from tests.server.pages.reading import text_of
from tests.server.test_releases import OWN, wheels

FORM = {"version": "2.0.0", "first": UNIT, "wait_hours": "24"}


async def test_a_release_is_offered_tried_and_stopped(house: House, tmp_path: Path) -> None:
    office, _ = make_office(house, tmp_path)
    async with browser(office) as pages:
        empty = text_of((await pages.get("/releases")).text)
        assert "There is no release on this server yet" in empty and "keeps what it has" in empty
        Shelf(office.settings).add(wheels(tmp_path / "w", OWN), START)
        wrong = await pages.post("/releases", data={**FORM, "first": []})
        assert (wrong.status_code, "Choose at least one unit" in wrong.text) == (422, True)
        gone = await pages.post("/releases", data={**FORM, "version": "9.9"})
        assert (gone.status_code, "no longer on the server" in gone.text) == (422, True)
        made = await pages.post("/releases", data=FORM)
        assert made.status_code == 303
        said = text_of((await pages.get(made.headers["location"])).text)
        assert "The release is offered" in said and "takes it within the hour" in said
        assert "waits for the first ones" in said, "the other unit"
        house.journal.write(SoftwareUpdated("2.0.0", "0.1.0"))
        await house.take(house.journal.message())
        said = text_of((await pages.get("/releases")).text)
        assert "runs it" in said and "All other units are offered it from" in said
        stopped = await pages.post("/releases/stop")
        said = text_of((await pages.get(stopped.headers["location"])).text)
        assert "No unit begins with it any more" in said
        assert (await pages.post("/releases/stop")).status_code == 303
    actions = [each.action for each in await house.all(Audit)]
    assert actions.count(Action.RELEASE_OFFERED) == actions.count(Action.RELEASE_STOPPED) == 1


async def test_a_unit_that_went_back_holds_it_up(house: House, tmp_path: Path) -> None:
    office, _ = make_office(house, tmp_path)
    Shelf(office.settings).add(wheels(tmp_path / "w", OWN), START)
    async with browser(office, language="fr") as pages:
        await pages.post("/releases", data=FORM)
        house.journal.write(UpdateFailed("2.0.0", "0.1.0", "2.0.0 does not answer"))
        await house.take(house.journal.message())
        said = text_of((await pages.get("/releases")).text)
        assert "suspendue" in said and "revenu en arrière" in said
        assert "garde ce qu'il a" in said and "attend les premiers" not in said
        assert "Elle n'a pas démarré. Dit par le boîtier : 2.0.0 does not answer" in said
        incident = (await house.all(Incident))[0]
        told = text_of((await pages.get(f"/incidents/{incident.id}")).text)
        assert "Version 2.0.0 : Elle n'a pas démarré. Le boîtier garde 0.1.0." in told


NOT_HERE = "release 2 does not work here: lock front, clock; the unit still runs 1"


@pytest.mark.parametrize(
    ("detail", "said"),
    [
        ("it was cut short", "lost its power"),
        ("somebody passes all the time; try again later", "Somebody passed all the time"),
        ("release 1.9 is older than 2.0, which runs: an older one", "It is older than 2.0"),
        ("release 2.0 has nothing for cp311 on aarch64", "no files for this unit's computer"),
        ("http://x/a.whl: is not the file that was signed; nothing", "not the one that was signed"),
        ("http://x/a.whl: timed out; try again later", "could not fetch its files"),
        ("/opt/loquet: is not a link to a release in /opt; install", "was not installed so"),
        ("/opt/2.0: cannot be made: no space left", "could not be set up"),
        ("pip failed: ERROR: no matching\ndistribution", "could not be set up"),
        (NOT_HERE, "tried it on the side"),
        ("/opt/bin/loquet-edge cannot look (OSError)", "could not examine"),
        ("nobody answers, not 2.0.0", "did not start"),
        ("1.0.0 answers, not 2.0.0", "release 1.0.0 went on answering"),
        ("clock, lock front", "found something wrong"),
        ("it burst like a balloon", ""),
    ],
)
def test_what_a_unit_says_of_a_release_has_words(detail: str, said: str) -> None:
    found = release_words.why(translations("en"), detail)
    assert said in found and bool(said) == bool(found)
    french = release_words.why(translations("fr"), detail)
    assert bool(french) == bool(found) and (not found or french != found)
