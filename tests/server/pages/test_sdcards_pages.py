"""``/units/card``: who may make a card, what is in it, and what stays behind: nothing."""

from __future__ import annotations

import logging
import zipfile
from io import BytesIO
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml
from sqlalchemy import select, text

from loquet_contract.wire.adoption import Token
from loquet_server.models import Action, AdoptionCard, Audit, Base
from loquet_server.office import Office
from tests.server.desk import make_office
from tests.server.house import House
from tests.server.pages.desk import browser
from tests.server.pages.reading import text_of

SECRET = "correct horse battery staple"
CARD: dict[str, Any] = {
    "host": "loquet-atelier",
    "model": "pi4",
    "way": "token",
    "network": "wifi",
    "ssid": "Maison",
    "passphrase": SECRET,
    "wpa": "wpa2",
    "country": "FR",
    "timezone": "Europe/Paris",
    "rtc": "none",
}


@pytest.fixture
def office(house: House, tmp_path: Path) -> Office:
    return make_office(house, tmp_path)[0]


@pytest.fixture
def reachable(office: Office) -> Office:
    """An office whose address units can reach."""
    office.settings = office.settings.model_copy(
        update={"address": "http://192.168.1.10:8000", "broker_public_host": "192.168.1.10"}
    )
    return office


async def send(pages: httpx.AsyncClient, **values: Any) -> httpx.Response:
    """Fill in the form and send it."""
    return await pages.post("/units/card", data=CARD | values)


def unpacked(answer: httpx.Response) -> dict[str, bytes]:
    """Return the files of a zip."""
    with zipfile.ZipFile(BytesIO(answer.content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


async def test_a_card_carries_a_token_for_this_server_and_is_in_the_record(
    reachable: Office, house: House
) -> None:
    async with browser(reachable) as pages:
        answer = await send(pages)
    assert answer.status_code == 200 and answer.headers["content-type"] == "application/zip"
    assert (
        answer.headers["content-disposition"] == 'attachment; filename="loquet-atelier-sd-card.zip"'
    )
    assert "no-store" in answer.headers["cache-control"]
    found = unpacked(answer)
    token = Token.from_text(found["loquet/token"].decode())
    assert token.address == "http://192.168.1.10:8000"
    assert token.fingerprint == reachable.keys.signing.public.fingerprint
    assert any(name.startswith("loquet/wheels/loquet-") for name in found)
    async with house.database.reading() as session:
        assert (await session.execute(select(AdoptionCard.id))).scalars().all() == [token.card]
        made = select(Audit).where(Audit.action == Action.UNIT_CARD_MADE)
        assert len((await session.execute(made)).scalars().all()) == 1


async def test_the_passphrase_is_in_no_file_row_or_log(
    reachable: Office, house: House, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    async with browser(reachable) as pages:
        found = unpacked(await send(pages))
        again = await send(pages, host="Not a name")
    assert again.status_code == 422 and SECRET not in again.text
    assert not any(SECRET.encode() in raw for raw in found.values())
    assert SECRET not in caplog.text
    async with house.database.reading() as session:
        for table in Base.metadata.sorted_tables:
            rows = (await session.execute(text(f'SELECT * FROM "{table.name}"'))).all()
            assert SECRET not in repr(rows), table.name


async def test_a_card_may_look_around_instead(reachable: Office, house: House) -> None:
    async with browser(reachable) as pages:
        found = unpacked(await send(pages, way="find", network="cable"))
    assert "loquet/token" not in found and b"find=yes\n" in found["loquet/options"]
    network = yaml.safe_load(found["network-config"])["network"]
    assert network.keys() == {"version", "ethernets"}
    async with house.database.reading() as session:
        rows = (await session.execute(select(Audit.subject, Audit.action))).all()
    assert ("loquet-atelier", Action.UNIT_CARD_MADE) in [tuple(row) for row in rows]


@pytest.mark.parametrize(
    ("wrong", "complaint"),
    [
        ({"host": "L'étage"}, "Only letters without accents"),
        ({"ssid": ""}, "Please write the name of the Wi-Fi network."),
        ({"passphrase": ""}, "Please write the passphrase of the network."),
        ({"passphrase": "short"}, "A passphrase has 8 to 63 signs"),
        ({"wpa": "wpa3", "passphrase": "0" * 64}, "wants the passphrase itself"),
        ({"timezone": "Paris"}, "Write a time zone such as Europe/Paris."),
        ({"ssh_key": "-----BEGIN OPENSSH PRIVATE KEY-----"}, "This is the private half"),
        ({"model": "pi1"}, "Please choose one of these."),
    ],
    ids=lambda each: str(each)[:30],
)
async def test_what_is_wrong_is_said_beside_its_field(
    reachable: Office, house: House, wrong: dict[str, str], complaint: str
) -> None:
    async with browser(reachable) as pages:
        answer = await send(pages, **wrong)
    assert answer.status_code == 422 and complaint in text_of(answer.text)
    async with house.database.reading() as session:
        assert not (await session.execute(select(AdoptionCard.id))).scalars().all()


async def test_a_server_that_nobody_could_reach_makes_no_card(office: Office) -> None:
    office.settings = office.settings.model_copy(update={"address": "http://0.0.0.0:8000"})
    async with browser(office) as pages:
        assert "No unit could reach this server yet" in text_of(
            (await pages.get("/units/card")).text
        )
        assert (await send(pages)).status_code == 409


async def test_a_server_of_this_machine_alone_warns_and_says_it_in_french(office: Office) -> None:
    async with browser(office, "fr") as pages:
        page = text_of((await pages.get("/units/card")).text)
    assert "joignable de sa propre machine seulement" in page
    assert "Préparer une carte SD" in page and "Mot de passe du Wi-Fi" in page
