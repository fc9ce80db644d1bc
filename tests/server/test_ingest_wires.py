"""Cases, mains and bells: what they open and end, and who is told."""

from typing import Any

from loquet_contract.ids import BootId, DoorId
from loquet_contract.wire.events import UnitStarted
from loquet_contract.wire.events_wires import (
    DoorbellRung,
    MainsLost,
    MainsReturned,
    TamperClosed,
    TamperOpened,
)
from loquet_server.hooks.incidents import opened
from loquet_server.ingest.projections.wires import RING_MS
from loquet_server.models import Entry, Incident
from tests.server.house import START, House
from tests.server.test_ingest_facts import told

FRONT = DoorId("front")


async def bells(house: House) -> list[Incident]:
    """Every ring that was an incident, in order."""
    return sorted(
        (each for each in await house.all(Incident) if each.kind == "doorbell_rung"),
        key=lambda each: each.id,
    )


async def test_a_case_that_is_opened_is_an_incident_until_it_is_closed(house: House) -> None:
    await told(house, TamperOpened(), TamperOpened(FRONT))
    assert await house.kinds() == ["tamper_opened", "tamper_opened"]
    await told(house, TamperClosed(FRONT))
    assert [each.subject for each in await house.all(Incident) if each.ended_at is None] == [""]
    await told(house, TamperClosed())
    assert await house.kinds() == []


async def test_mains_that_are_gone_are_an_incident_until_they_return(house: House) -> None:
    await told(house, MainsLost())
    assert await house.kinds() == ["mains_lost"]
    await told(house, MainsReturned())
    assert await house.kinds() == []


async def test_a_start_asks_anew(house: House) -> None:
    await told(house, MainsLost(), TamperOpened(FRONT))
    await told(house, UnitStarted("1.0", BootId("b2"), "config"), MainsLost())
    assert await house.kinds() == ["mains_lost"]


async def test_each_ring_is_news_and_ends_the_one_before(house: House) -> None:
    await told(house, DoorbellRung(FRONT))
    await told(house, DoorbellRung(FRONT), at=START + 60_000)
    first, second = await bells(house)
    assert first.ended_at == START + 60_000
    assert (second.ended_at, second.subject, second.count) == (None, "front", 1)


async def test_who_rang_while_nobody_could_hear_has_gone(house: House) -> None:
    late: list[Any] = [DoorbellRung(FRONT)]
    await told(house, *late, at=START - RING_MS - 120_000)
    assert await bells(house) == []
    assert [each.kind for each in await house.all(Entry)] == ["doorbell_rung"]


async def test_other_programs_hear_that_somebody_rings_and_where(house: House) -> None:
    await told(house, DoorbellRung(FRONT))
    notices = list(opened(await bells(house)))
    assert [each.kind for each in notices] == ["door.rang", "incident.opened"]
    assert notices[0].data["door"] == "front"


async def test_another_units_door_does_not_ring(house: House) -> None:
    await told(house, DoorbellRung(DoorId("far")), TamperOpened(DoorId("far")))
    assert await house.kinds() == ["foreign_fact"]
