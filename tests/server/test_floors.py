"""Floors in both databases, over the API; two who draw at once; refusals that are looked after."""

from pathlib import Path
from typing import Any

import pytest

from loquet_server.errors import Conflict, NotFound
from loquet_server.live.orders import OrderFailed
from loquet_server.live.repository import LiveRepository
from loquet_server.models import Audit, Floor, FollowUp, Passage
from loquet_server.page_orders import DoorOrders
from loquet_server.who import LOCAL
from tests.server.desk import client, make_office
from tests.server.house import SITE, START, House

DESK = {"kind": "desk", "subject": "d1", "points": [[100, 200]]}
DOOR = {"kind": "door", "subject": "front", "points": [[500, 590]]}
PLAN: dict[str, Any] = {
    "shapes": [{"kind": "room", "points": [[10, 10], [500, 500]], "text": ""}],
    "marks": [DESK, DOOR],
}


async def test_a_floor_is_drawn_changed_and_deleted(house: House, tmp_path: Path) -> None:
    office, recorder = make_office(house, tmp_path)
    async with client(office) as http:
        made = await http.post("/api/v1/floors", json={"site": SITE, "name": "Rez", "plan": PLAN})
        assert (made.status_code, made.json()["revision"]) == (201, 1)
        path = f"/api/v1/floors/{made.json()['id']}"
        body = {"name": "Rez", "height": 700, "plan": {"marks": [DOOR]}, "revision": 1}
        changed = await http.put(path, json=body)
        assert (changed.json()["height"], changed.json()["revision"]) == (700, 2)
        late = await http.put(path, json=body)
        assert (late.status_code, "changed this plan while" in late.text) == (409, True)
        assert [each["name"] for each in (await http.get("/api/v1/floors")).json()] == ["Rez"]
        assert (await http.delete(path)).status_code == 204
        assert (await http.get(path)).status_code == 404
    assert [each.noun for each in recorder.told] == ["floor"] * 3
    assert [row.action for row in await house.all(Audit)] == [
        "floor:record:create", "floor:record:change", "floor:record:delete",
    ]  # fmt: skip


@pytest.mark.parametrize("database_kind", ["sqlite"])
async def test_what_stands_twice_or_nowhere_is_refused(house: House, tmp_path: Path) -> None:
    office, _ = make_office(house, tmp_path)
    async with client(office) as http:
        first = {"site": SITE, "name": "Rez", "plan": {"marks": [DESK]}}
        assert (await http.post("/api/v1/floors", json=first)).status_code == 201
        second = await http.post("/api/v1/floors", json={**first, "name": "Étage"})
        assert second.status_code == 422
        assert "stands on the plan of Rez already" in second.json()["detail"]
        ghost = {**DESK, "subject": "ghost"}
        refused = await http.post("/api/v1/floors", json={**first, "plan": {"marks": [ghost]}})
        assert refused.status_code == 422
        low = {**first, "height": 250, "plan": {"marks": [DOOR]}}
        assert "below the lower edge" in (await http.post("/api/v1/floors", json=low)).text
    assert len(await house.all(Floor)) == 1


async def _refused(house: House, many: int) -> None:
    async with house.database.with_transaction() as session:
        session.add_all(
            Passage(
                id=at, journal="j1", sequence=at, site=str(SITE), unit="hall", door="front",
                access_point="in", holder="h1", at=START - 60_000 * (many - at), day="2025-10-09",
                outcome="denied", reason="unauthorized",
            )
            for at in range(1, many + 1)
        )  # fmt: skip


async def test_a_refusal_is_shown_until_somebody_has_looked_after_it(
    house: House, tmp_path: Path
) -> None:
    office, recorder = make_office(house, tmp_path)
    await _refused(house, 4)

    async def left() -> list[int]:
        async with office.database.reading() as session:
            found = await LiveRepository(session).gather(str(SITE), START)
        return [row.Passage.id for row in found.refusals]

    assert await left() == [4, 3, 2, 1]
    orders = DoorOrders(office)
    await orders.follow_up(str(SITE), (4, 3, 2), "Rappelée", "Léa")
    await orders.follow_up(str(SITE), (3,), "Encore", "Noé")
    assert await left() == [1]
    kept = {row.passage: (row.actor, row.note) for row in await house.all(FollowUp)}
    assert kept == dict.fromkeys((2, 3, 4), ("Léa", "Rappelée"))
    assert [each.noun for each in recorder.told] == ["refusal", "refusal"]
    async with house.database.with_transaction() as session:
        row = await session.get(Passage, 4)
        await session.delete(row)
    assert {row.passage for row in await house.all(FollowUp)} == {2, 3}


@pytest.mark.parametrize("database_kind", ["sqlite"])
async def test_failures_of_a_release_have_a_kind_that_pages_word(
    house: House, tmp_path: Path
) -> None:
    office, _ = make_office(house, tmp_path)
    with pytest.raises(OrderFailed) as failed:
        await DoorOrders(office).release("front", "Livraison", "Léa")
    assert failed.value.kind == "offline"
    with pytest.raises((NotFound, Conflict)):
        await DoorOrders(office).close_incident(99, LOCAL)
