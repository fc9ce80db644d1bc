"""Incidents as they live in the database, and what explains them."""

from pathlib import Path

from loquet_contract.wire.events import DoorClosed, DoorForcedOpen
from loquet_server.incidents import watch
from loquet_server.ingest.service import Message
from loquet_server.models import (
    HookDelivery,
    Incident,
    IncidentStep,
    Unit,
    UnitState,
)
from tests.server.desk import client
from tests.server.house import SITE, START, UNIT, House
from tests.server.notice_desk import FRONT, HOUR, ONLY_SQLITE, Desk, desk, told_by_unit
from tests.server.test_hooks import add as add_hook
from tests.server.test_operators_mail import postbox

__all__ = ["desk", "postbox"]


# ---- the life of an incident in the database ----------------------------------------------


async def test_what_comes_again_soon_is_the_same_incident(house: House, tmp_path: Path) -> None:
    await told_by_unit(house, DoorForcedOpen(FRONT))
    await told_by_unit(house, DoorClosed(FRONT), at=START + 60_000)
    await told_by_unit(house, DoorForcedOpen(FRONT), at=START + 120_000)
    [row] = await house.all(Incident)
    assert (row.ended_at, row.count, row.round, row.first_at) == (None, 2, 1, START)
    await told_by_unit(house, DoorClosed(FRONT), at=START + 180_000)
    await told_by_unit(house, DoorForcedOpen(FRONT), at=START + 3 * HOUR * 1000)
    rows = sorted(await house.all(Incident), key=lambda each: each.id)
    assert [each.ended_at is None for each in rows] == [False, True]
    assert [each.step for each in await house.all(IncidentStep)] == [
        "ended", "reopened", "ended",
    ]  # fmt: skip


async def test_a_storm_is_one_incident_with_a_count(house: House, tmp_path: Path) -> None:
    forged = house.journal
    forged.write(DoorClosed(FRONT))
    wrong = Message(forged.message().topic, b"not signed by anybody")
    for _ in range(5):
        await house.take(*[wrong] * 100)
    [row] = await house.all(Incident)
    assert row.count == 500
    assert await house.all(IncidentStep) == []


async def test_everybody_else_raises_and_ends_and_programs_hear_of_it_once(desk: Desk) -> None:
    await add_hook(desk.office, "https://example.org/", "incident.opened", "incident.ended")
    await desk.wrong("unit_hot")
    await desk.wrong("unit_hot")
    await desk.well("unit_hot")
    await desk.wrong("unit_hot")
    [row] = await desk.house.all(Incident)
    assert (row.count, row.ended_at) == (3, None)
    kinds = [each.kind for each in await desk.house.all(HookDelivery)]
    assert sorted(kinds) == ["incident.ended", "incident.opened", "incident.opened"]


@ONLY_SQLITE
async def test_over_the_api_it_is_taken_on_noted_closed_and_muted(desk: Desk) -> None:
    row = await desk.wrong("lock_fault", "front")
    where = f"/api/v1/incidents/{row.id}"
    async with client(desk.office) as http:
        [listed] = (await http.get("/api/v1/incidents?severity=urgent&state=open")).json()
        assert (listed["id"], listed["state"], listed["severity"]) == (row.id, "open", "urgent")
        assert (await http.get("/api/v1/incidents?severity=info")).json() == []
        taken = await http.post(f"{where}/acknowledge", json={"note": "On my way"})
        assert taken.json()["state"] == "acknowledged"
        assert (await http.post(f"{where}/acknowledge", json={})).status_code == 409
        assert (await http.post(f"{where}/notes", json={"note": ""})).status_code == 422
        await http.post(f"{where}/notes", json={"note": "The strike is loose"})
        too_long = {"until": "2026-10-09"}
        assert (await http.post(f"{where}/mute", json=too_long)).status_code == 422
        muted = await http.post(f"{where}/mute", json={"until": "2025-10-11", "reason": "x"})
        assert muted.json()["muted_until"] == 1_760_220_000_000, "the end of that day in Paris"
        assert (await http.post(f"{where}/unmute")).json()["muted_until"] is None
        done = (await http.post(f"{where}/resolve", json={"note": "Screwed tight"})).json()
        assert (done["state"], done["ended_by"]) == ("resolved", "local operator")
        steps = [(each["step"], each["note"]) for each in done["steps"]]
        assert steps == [
            ("acknowledged", "On my way"), ("noted", "The strike is loose"), ("muted", "x"),
            ("unmuted", ""), ("resolved", "Screwed tight"),
        ]  # fmt: skip
        fire = await desk.wrong("fire_alarm")
        refused = await http.post(f"/api/v1/incidents/{fire.id}/mute", json={"until": "2025-10-11"})
        assert (refused.status_code, "safety" in refused.text) == (422, True)


# ---- what the network explains, and what falls quiet --------------------------------------


async def test_silent_units_are_one_trouble_while_the_network_is_gone(desk: Desk) -> None:
    await desk.person("host")
    now = desk.office.now_ms()
    async with desk.house.database.with_transaction() as session:
        key = desk.house.unit_key.public.text
        session.add(Unit(id="third", site=SITE, name="Third", public_key=key))
        await session.flush()
        for unit in (UNIT, "other", "third"):
            await session.merge(UnitState(unit=unit, online=False, seen_at=now - 300_000))
    await watch.look(desk.office)
    for unit in (UNIT, "other", "third"):
        await desk.wrong("unit_offline", unit=unit)
    [one] = await desk.tell()
    assert "The network of the space is gone" in one
    await watch.look(desk.office)
    rows = await desk.house.all(Incident)
    [network] = [each for each in rows if each.kind == "network_lost"]
    assert [each.part_of for each in rows if each is not network] == [network.id] * 3
    assert await desk.tell(HOUR) == []

    async with desk.house.database.with_transaction() as session:
        for unit in (UNIT, "other"):
            await session.merge(UnitState(unit=unit, online=True, seen_at=desk.office.now_ms()))
    for unit in (UNIT, "other"):
        await desk.well("unit_offline", unit=unit)
    await watch.look(desk.office)
    [alone] = await desk.tell()
    assert "A unit is silent" in alone and "Third" in alone
    over = {each.kind for each in await desk.house.all(Incident) if each.ended_at is not None}
    assert over == {"network_lost", "unit_offline"}


@ONLY_SQLITE
async def test_what_has_no_end_of_its_own_falls_quiet(desk: Desk) -> None:
    await desk.wrong("command_refused", "lockdown")
    await desk.wrong("forged_batch")
    await watch.look(desk.office)
    assert all(each.ended_at is None for each in await desk.house.all(Incident))
    desk.house.now += 25 * HOUR
    await watch.look(desk.office)
    rows = {each.kind: each.ended_at for each in await desk.house.all(Incident)}
    assert rows["command_refused"] is not None
    assert rows["forged_batch"] is None, "somebody has to look at that"
