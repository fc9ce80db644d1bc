"""One badge at several kinds of readers: what units are told, and what is refused."""

import json
from pathlib import Path
from typing import Any

from loquet_contract.access.credential import Representation, from_uid
from loquet_contract.wire.signing import Verifier
from loquet_edge.policy_store import StoredPolicy
from loquet_edge.policy_writer import PolicyWriter
from loquet_server.models import Audit, DerivedNumber, PolicyRecord
from loquet_server.office import Office
from loquet_server.people.derived import Derived
from tests.server.desk import client, make_office
from tests.server.house import SITE, UID, UNIT, House
from tests.server.test_badges import post
from tests.server.test_publisher import whole_text

SHORT = from_uid(bytes.fromhex("14c2d6e8"))
TWIN = from_uid(bytes.fromhex("99c2d6e8"))
"""Another badge whose last three bytes are the same."""


async def choose(office: Office, *forms: str) -> Any:
    async with client(office) as http:
        return await http.put("/api/v1/badges/readers", json={"forms": list(forms)})


async def add(office: Office, number: Representation, holder: str | None = "h1") -> Any:
    given = {"holder": holder, "form": number.form.value, "number": number.value.hex()}
    return await post(office, "/badges", given | {"label": f"No {number.value.hex()[:2]}"})


async def told(house: House, number: Representation) -> dict[str, Any] | None:
    """What units are told of a number."""
    key = f"credential/{house.keys.unit_digest(number)}"
    found = [row for row in await house.all(PolicyRecord) if row.key == key]
    return json.loads(found[0].line) if found else None


def made(kind: Derived, number: Representation) -> Representation:
    found = kind.of(number)
    assert found is not None
    return found


async def test_what_the_readers_of_a_space_make_of_a_badge_is_told_to_its_doors(
    house: House, tmp_path: Path
) -> None:
    office, recorder = make_office(house, tmp_path)
    assert (await add(office, SHORT)).status_code == 201
    backwards = made(Derived.W34_BACK, SHORT)
    assert await told(house, backwards) is None
    recorder.published.clear()
    assert (await choose(office, "w34_back", "w26")).json()["forms"] == ["w26", "w34_back"]
    assert any(topic.endswith("/policy") for topic, _, _ in recorder.published)
    line = await told(house, backwards)
    assert line is not None
    assert (line["of"], line["holder"]) == (house.keys.unit_digest(SHORT), "h1")
    own = await told(house, SHORT)
    assert own is not None and "of" not in own
    actions = [row.action for row in await house.all(Audit)]
    assert actions == ["badge:record:create", "badge:reader:choose"]


async def test_a_badge_added_later_is_known_at_those_readers_and_lost_there_too(
    house: House, tmp_path: Path
) -> None:
    office, _ = make_office(house, tmp_path)
    await choose(office, "w34")
    row = (await add(office, SHORT)).json()
    line = await told(house, made(Derived.W34, SHORT))
    assert line is not None and not line.get("disabled")
    await post(office, f"/badges/{row['id']}/lost", {})
    line = await told(house, made(Derived.W34, SHORT))
    assert line is not None and line["disabled"]


async def test_what_no_longer_counts_is_taken_from_the_doors(house: House, tmp_path: Path) -> None:
    office, _ = make_office(house, tmp_path)
    await choose(office, "w34", "w26")
    await add(office, SHORT)
    await choose(office, "w34")
    assert await told(house, made(Derived.W26, SHORT)) is None
    assert await told(house, made(Derived.W34, SHORT)) is not None


async def test_a_lossy_kind_is_refused_where_two_badges_would_give_one_number(
    house: House, tmp_path: Path
) -> None:
    office, _ = make_office(house, tmp_path)
    one, other = (await add(office, SHORT)).json(), (await add(office, TWIN, None)).json()
    await choose(office, "w34")
    refused = await choose(office, "w34", "w26")
    assert refused.status_code == 409
    assert one["id"] in refused.text and other["id"] in refused.text
    async with client(office) as http:
        assert (await http.get("/api/v1/badges/readers")).json()["forms"] == ["w34"]
    assert {row.form for row in await house.all(DerivedNumber)} == {"w34"}


async def test_a_badge_that_a_reader_could_not_tell_from_another_is_refused(
    house: House, tmp_path: Path
) -> None:
    office, _ = make_office(house, tmp_path)
    await choose(office, "w26")
    await add(office, SHORT)
    refused = await add(office, TWIN, None)
    assert refused.status_code == 409
    assert "No 14" in refused.json()["detail"]
    assert "c2d6e8" not in refused.text
    again = await add(office, made(Derived.W26, SHORT), None)
    assert again.status_code == 409 and "already that of" in again.json()["detail"]


async def test_the_short_number_of_ones_own_badge_does_not_stand_in_the_way(
    house: House, tmp_path: Path
) -> None:
    office, _ = make_office(house, tmp_path)
    short = made(Derived.W26, SHORT)
    await add(office, short)
    await add(office, SHORT)
    assert (await choose(office, "w26")).status_code == 200
    line = await told(house, short)
    assert line is not None and "of" not in line


async def test_the_short_number_of_somebody_elses_badge_does(house: House, tmp_path: Path) -> None:
    office, _ = make_office(house, tmp_path)
    await add(office, made(Derived.W26, SHORT), None)
    await add(office, SHORT)
    assert (await choose(office, "w26")).status_code == 409


async def test_a_tap_at_another_kind_of_reader_is_known_by_then(
    house: House, tmp_path: Path
) -> None:
    office, _ = make_office(house, tmp_path)
    await choose(office, "w34")
    row = (await add(office, SHORT)).json()
    found = await post(office, "/badges/readings", {"text": "14C2D6E8"})
    known = {(each["form"], each["how"]): each["known"] for each in found.json()}
    assert known["w34", "as_written"] == known["uid4", "as_written"] == row["id"]


async def test_a_unit_knows_the_badge_by_either_number(house: House, tmp_path: Path) -> None:
    office, _ = make_office(house, tmp_path)
    await choose(office, "w34_back")
    verifier = Verifier(house.keys.signing.public)
    writer = PolicyWriter(tmp_path / "policy.db", verifier, SITE, UNIT)
    writer.apply_whole((await whole_text(house)).splitlines())
    writer.close()
    held = StoredPolicy(tmp_path / "policy.db")
    own, backwards = from_uid(UID), made(Derived.W34_BACK, from_uid(UID))
    found = [held.credential(house.keys.unit_digest(each)) for each in (own, backwards)]
    held.close()
    badges = [each[0] for each in found if each is not None]
    assert [each.holder for each in badges] == ["h1", "h1"]
    assert [each.badge for each in badges] == [house.keys.unit_digest(own)] * 2
