"""From facts to counts: what ingest keeps, what units and pages are told, and quiet hours."""

from typing import Any

import pytest

from loquet_contract.ids import (
    AccessPointId,
    AreaId,
    BootId,
    CounterId,
    CredentialDigest,
    DoorId,
    GrantId,
    HolderId,
    JournalId,
    RuleId,
    UnitId,
)
from loquet_contract.wire.codec import decode_text, encode
from loquet_contract.wire.events import (
    AccessGranted,
    AccessTaken,
    BeamCrossed,
    CounterLost,
    CounterReturned,
    DoorOpened,
    ExitRequested,
    OpeningCause,
)
from loquet_contract.wire.messages import AreaCounts, Moving, Online
from loquet_contract.wire.signing import Purpose, SigningKey, Verifier
from loquet_contract.wire.topics import Channel
from loquet_server.areas.keeping import count
from loquet_server.days import DAY_MS, HOUR_MS
from loquet_server.headcount.reading import Headcount, headcounts
from loquet_server.ingest.service import Message, Result
from loquet_server.models import AccessPoint, Area, Counter, CountReset, Crossing, Door, Holder
from loquet_server.publication import Publication
from tests.server.desk import make_office
from tests.server.house import SITE, START, UNIT, House, Journal

QUIET, CALM = DoorId("quiet"), AreaId("calme")
MINUTE = 60_000


@pytest.fixture
async def room(house: House) -> House:
    """The house with an exit reader, a limit of three people, members, and its unit online."""
    async with house.database.with_transaction() as session:
        area = await session.get(Area, "calme")
        assert area is not None
        area.capacity, area.warn_at = 3, 2
        session.add_all(Holder(id=f"m{at}", site=SITE, name=f"M{at}") for at in range(9))
        session.add(AccessPoint(id="out", door=QUIET, reader="out", exit=True,
                                area_from="calme", area_to="salle"))  # fmt: skip
    said = encode(Online(UNIT, True, BootId("b1"))).encode()
    await house.take(Message(house.journal.topic(Channel.ONLINE), said))
    return house


def passing(
    journal: Journal, holder: str, at: int, *, point: str = "quiet", door: DoorId = QUIET
) -> None:
    """Write that somebody went through a door of the quiet room."""
    grant = GrantId(f"{journal.name}{journal.sequence}")
    journal.write(
        AccessGranted(door, AccessPointId(point), grant, HolderId(holder),
                      CredentialDigest("digest"), RuleId("r1"), 1),
        at,
    )  # fmt: skip
    journal.write(AccessTaken(door, grant), at + 2000)


async def told(house: House) -> Result:
    """Have ingest take all that the journal has, half a minute after the last of it."""
    house.now = house.journal.entries[-1][0].utc / 1000 + 30
    return await house.take(house.journal.message())


async def calm(house: House) -> Headcount:
    now = int(house.now * 1000)
    async with house.database.reading() as session:
        return (await session.run_sync(headcounts, SITE, now))["calme"]


def people_of(house: House, published: list[Publication]) -> list[dict[AreaId, int]]:
    """Return what units were told of people."""
    verifier = Verifier(house.keys.signing.public)
    found = [
        decode_text(Moving, verifier.payload(Purpose.MOVING, each.payload))
        for each in published
        if each.topic.endswith(f"{UNIT}/moving")
    ]
    return [dict(each.people) for each in found if each.people]


def counts_of(published: list[Publication]) -> dict[str, AreaCounts]:
    found = [decode_text(AreaCounts, each.payload) for each in published if "/areas/" in each.topic]
    return {each.area: each for each in found}


async def test_units_displays_and_managers_hear_how_full_it_is(room: House) -> None:
    for at in range(3):
        passing(room.journal, f"m{at}", START + at * MINUTE)
    result = await told(room)
    shown = counts_of(result.publications)["calme"]
    assert (shown.present, shown.seen_today, shown.capacity) == (3, None, 3)
    assert people_of(room, result.publications) == [{CALM: 3}]
    assert await room.kinds() == ["area_full", "area_warning"]
    found = await calm(room)
    assert (found.level, found.exit_sensing) == ("full", True)

    passing(room.journal, "m0", START + 10 * MINUTE, point="out")
    assert people_of(room, (await told(room)).publications) == [{CALM: 2}]
    assert await room.kinds() == ["area_warning"], "two are under the limit"
    passing(room.journal, "m1", START + 20 * MINUTE, point="out")
    await told(room)
    assert await room.kinds() == []

    room.journal.write(DoorOpened(QUIET, OpeningCause.GRANT), START + 21 * MINUTE)
    assert people_of(room, (await told(room)).publications) == [], "nothing changed"


async def test_what_no_badge_tells_counts_too(room: House) -> None:
    passing(room.journal, "m0", START)
    passing(room.journal, "m1", START + MINUTE)
    room.journal.write(DoorOpened(QUIET, OpeningCause.COMMAND), START + 2 * MINUTE)
    await told(room)
    assert (await calm(room)).present == 3
    room.journal.write(DoorOpened(QUIET, OpeningCause.EXIT), START + 5 * MINUTE)
    room.journal.write(ExitRequested(QUIET), START + 6 * MINUTE)  # its leaf would have told
    await told(room)
    assert (await calm(room)).present == 2
    rows = await room.all(Crossing)
    assert {(row.area, row.source, row.direction) for row in rows} == {
        ("calme", "release", 1), ("calme", "opening", -1),
    }  # fmt: skip


async def test_beams_count_at_their_door_while_they_see(room: House) -> None:
    beam = BeamCrossed(QUIET, CounterId("c1"), inward=True)
    passing(room.journal, "m0", START)
    room.journal.write(beam, START + 1000)
    room.journal.write(beam, START + 2000)
    await told(room)
    assert (await calm(room)).present == 2
    (counter,) = await room.all(Counter)
    assert (counter.door, counter.known_at) == ("quiet", START + 1000)

    room.journal.write(CounterLost(QUIET, CounterId("c1"), "blocked"), START + MINUTE)
    passing(room.journal, "m1", START + 2 * MINUTE)
    await told(room)
    found = await calm(room)
    assert found.present == 3
    assert any(each.startswith("counter_lost|") for each in found.reasons)
    assert "counter_lost" in await room.kinds()
    room.journal.write(CounterReturned(QUIET, CounterId("c1")), START + 3 * MINUTE)
    await told(room)
    assert "counter_lost" not in await room.kinds()


async def test_late_facts_mend_the_count(room: House) -> None:
    """Two units: what the second tells late counts where it belongs in time."""
    async with room.database.with_transaction() as session:
        session.add(Door(id="calme2", site=SITE, unit="other", name="Second"))
        await session.flush()
        session.add(AccessPoint(id="in2", door="calme2", reader="in2",
                                area_from="outside", area_to="calme"))  # fmt: skip
    passing(room.journal, "m0", START + HOUR_MS, point="out")
    await told(room)
    assert any(each.startswith("unknown_exit") for each in (await calm(room)).reasons)
    late = Journal(SigningKey(b"o" * 32), UnitId("other"), name=JournalId("j2"))
    passing(late, "m0", START + MINUTE, point="in2", door=DoorId("calme2"))
    passing(late, "m1", START + 3 * MINUTE, point="in2", door=DoorId("calme2"))
    room.now += 60
    await room.take(late.message())
    found = await calm(room)
    assert found.present == 1
    assert not any(each.startswith("unknown_exit") for each in found.reasons)


async def test_a_quiet_hour_begins_at_zero_and_keeps_what_was_left_over(
    room: House, tmp_path: Any
) -> None:
    office, _ = make_office(room, tmp_path)
    for day in range(4):
        for at in range(4):
            passing(room.journal, f"m{at}", START + day * DAY_MS + at * MINUTE)
        await told(room)
        assert (await calm(room)).present == 4, "yesterday's are forgotten"
        shown: dict[str, str] = {}
        room.now = (START + (day + 1) * DAY_MS) / 1000 - 3600
        published = await count(office, shown, whole=True)
        assert counts_of(published)["calme"].present == 0
        assert people_of(room, published) == [{CALM: 0}]
        assert await count(office, shown) == [], "nothing is told twice"
    rows = await room.all(CountReset)
    assert [row.people for row in rows] == [4] * 4
    assert {row.crossings for row in rows} == {4}
    assert "count_drift" in await room.kinds()
    assert "area_full" not in await room.kinds()


async def test_a_unit_that_is_gone_widens_the_range(room: House) -> None:
    for at in range(3):
        passing(room.journal, f"m{at}", START + at * MINUTE)
    await told(room)
    before = await calm(room)
    said = encode(Online(UNIT, False, BootId("b1"))).encode()
    await room.take(Message(room.journal.topic(Channel.ONLINE), said))
    room.now += 3 * 3600
    found = await calm(room)
    assert found.present == before.present
    assert found.low is not None
    assert found.high is not None
    assert before.high is not None
    assert found.high >= before.high + 2
    assert any(each.startswith("unit_offline|") for each in found.reasons)


async def test_where_leaving_is_not_sensed_nobody_is_present(room: House) -> None:
    async with room.database.reading() as session:
        found = (await session.run_sync(headcounts, SITE, START))["salle"]
    assert (found.present, found.low, found.high, found.level) == (None, None, None, None)
    assert (found.reasons, found.seen_today) == ((), 0)
