"""Ingest believes what is signed, keeps it once, projects it once, and acknowledges after."""

import json
from dataclasses import replace

import pytest

from loquet_contract.access.reasons import Reason
from loquet_contract.ids import (
    AccessPointId,
    AreaId,
    BootId,
    CredentialDigest,
    DeskId,
    DoorId,
    GrantId,
    HolderId,
    JournalId,
    RuleId,
    UnitId,
)
from loquet_contract.wire.codec import encode
from loquet_contract.wire.envelope import MAX_BATCH
from loquet_contract.wire.events import (
    AccessDenied,
    AccessGranted,
    AccessTaken,
    DeskEvidence,
    DeskFreed,
    DeskOccupied,
    DoorClosed,
    DoorForcedOpen,
    DoorOpened,
    DoorReleased,
    DoorRelocked,
    JournalStarted,
    OpeningCause,
    ReleaseCause,
    RelockCause,
)
from loquet_contract.wire.messages import AreaCounts, Online
from loquet_contract.wire.signing import SigningKey
from loquet_contract.wire.topics import Channel
from loquet_server.ingest.service import Message
from loquet_server.models import (
    AreaDay,
    DeadLetter,
    Desk,
    DeskHour,
    DeskState,
    DoorState,
    Entry,
    Incident,
    Passage,
    UnitState,
)
from loquet_server.models import (
    Journal as JournalRow,
)
from tests.server.house import START, UNIT, House, Journal

FRONT = DoorId("front")


def granted(
    grant: str = "g1", holder: str = "h1", door: str = "front", point: str = "in"
) -> AccessGranted:
    return AccessGranted(
        DoorId(door), AccessPointId(point), GrantId(grant), HolderId(holder),
        CredentialDigest("digest"), RuleId("r1"), 1,
    )  # fmt: skip


def tap(journal: Journal, grant: str = "g1", holder: str = "h1", at: int = START) -> None:
    """Write what one member who comes in leaves in the journal: six facts."""
    journal.write(granted(grant, holder), at)
    journal.write(DoorReleased(FRONT, ReleaseCause.GRANT), at + 1)
    journal.write(DoorOpened(FRONT, OpeningCause.GRANT), at + 1000)
    journal.write(AccessTaken(FRONT, GrantId(grant)), at + 1000)
    journal.write(DoorRelocked(FRONT, RelockCause.OPENED), at + 1001)
    journal.write(DoorClosed(FRONT), at + 3000)


async def test_a_tap_is_kept_projected_and_acknowledged(house: House) -> None:
    tap(house.journal)
    result = await house.take(house.journal.message())
    (ack,) = house.acks(result.publications)
    assert (ack.sequence, ack.chain) == (6, house.journal.chain)
    assert result.entries == len(await house.all(Entry)) == 6
    (passage,) = await house.all(Passage)
    assert (passage.outcome, passage.holder, passage.area_to) == ("taken", "h1", "salle")
    state = await house.get(DoorState, "front")
    assert (state.leaf, state.lock, state.revision) == ("closed", "locked", 1)
    (day,) = [row for row in await house.all(AreaDay) if row.area == "salle"]
    assert (day.day, day.seen, day.entries) == ("2025-10-09", 1, 1)
    assert {"door", "passage"} <= {each.noun for each in house.changes(result.publications)}


async def test_a_repeated_batch_changes_nothing_and_is_acknowledged_again(house: House) -> None:
    tap(house.journal)
    await house.take(house.journal.message())
    again = await house.take(house.journal.message(), house.journal.message(3, 5))
    assert again.entries == 0
    assert [ack.sequence for ack in house.acks(again.publications)] == [6]
    assert len(await house.all(Passage)) == 1
    assert (await house.all(AreaDay))[0].entries == 1
    assert await house.kinds() == []


async def test_overlapping_batches_in_one_group_give_each_entry_once(house: House) -> None:
    tap(house.journal)
    tap(house.journal, "g2", "h2", START + 60_000)
    messages = (house.journal.message(1, 7), house.journal.message(4, 9), house.journal.message(8))
    result = await house.take(*messages)
    assert result.entries == 12
    assert [row.sequence for row in await house.all(Entry)] == list(range(1, 13))
    assert len(await house.all(Passage)) == 2


async def test_a_gap_is_an_incident_and_the_unit_is_asked_to_resend(house: House) -> None:
    tap(house.journal)
    await house.take(house.journal.message(1, 2))
    result = await house.take(house.journal.message(5))
    assert await house.kinds() == ["journal_gap"]
    assert [ack.sequence for ack in house.acks(result.publications)] == [2]
    assert len(await house.all(Entry)) == 2
    await house.take(house.journal.message(3))
    assert len(await house.all(Entry)) == 6


@pytest.mark.parametrize("first", [3, 5])
async def test_a_fork_is_an_incident_and_changes_nothing(house: House, first: int) -> None:
    tap(house.journal)
    other = Journal(house.unit_key)
    tap(other, "g9", "h9")
    await house.take(house.journal.message(1, 4))
    result = await house.take(other.message(first))
    assert await house.kinds() == ["journal_forked"]
    assert len(await house.all(Entry)) == 4
    assert house.acks(result.publications)[0].sequence == 4


async def test_a_forged_batch_changes_nothing_and_raises_an_incident(house: House) -> None:
    tap(house.journal)
    forged = house.journal.signed(house.journal.batch(1), SigningKey(b"z" * 32))
    true = house.journal.message()
    bent = Message(true.topic, true.payload.replace(b"granted", b"refused"))
    for message in (forged, bent):
        result = await house.take(message)
        assert house.acks(result.publications) == []
    (incident,) = await house.all(Incident)
    assert (incident.kind, incident.count) == ("forged_batch", 2)
    assert await house.all(Entry) == await house.all(JournalRow) == []
    assert len(await house.all(DeadLetter)) == 2


async def test_foreign_malformed_and_oversized_messages_go_to_the_dead_letters(
    house: House,
) -> None:
    house.journal.write(DoorClosed(FRONT))
    batch = house.journal.batch(1)
    stranger = Journal(house.unit_key, unit=UnitId("nobody"))
    stranger.write(DoorClosed(FRONT))
    topic = house.journal.topic(Channel.EVENTS)
    bad = [
        (stranger.message(), "foreign_message"),
        (house.journal.signed(replace(batch, unit=UnitId("other"))), "foreign_message"),
        (Message(topic, b"{"), "malformed_message"),
        (Message(topic, b"\xff\xfe"), "malformed_message"),
        (Message(topic, b'{"key":1}'), "malformed_message"),
        (house.journal.signed(replace(batch, entries=())), "malformed_message"),
        (house.journal.signed(replace(batch, chain="0" * 64)), "malformed_message"),
        (Message(topic, b" " * (MAX_BATCH + 1)), "oversized_message"),
        (Message("loquet/v1/maison/elsewhere", b"x"), "foreign_message"),
    ]
    for message, kind in bad:
        await house.take(message)
        assert kind in await house.kinds()
    assert len(await house.all(DeadLetter)) == len(bad)
    assert await house.all(Entry) == []


async def test_one_bad_message_does_not_stop_the_others(house: House) -> None:
    tap(house.journal)
    bad = Message(house.journal.topic(Channel.EVENTS), b"nonsense")
    result = await house.take(bad, house.journal.message(), bad)
    assert (result.entries, result.refused) == (6, 2)


async def test_unknown_kinds_and_fields_are_kept_raw(house: House) -> None:
    house.journal.write_raw("door_sang", {"door": "front", "song": "é\u0000"})
    house.journal.write_raw("door_closed", {"door": "front", "future": 1})
    house.journal.write_raw("door_closed", {"door": 7})
    result = await house.take(house.journal.message())
    assert result.entries == 3
    assert (await house.all(Entry))[0].body == '{"door":"front","song":"é\\u0000"}'
    assert (await house.get(DoorState, "front")).leaf == "closed"
    assert await house.kinds() == ["fact_unreadable"]


async def test_a_replaced_journal_starts_at_one_and_opens_an_incident(house: House) -> None:
    tap(house.journal)
    await house.take(house.journal.message())
    new = Journal(house.unit_key, name=JournalId("j2"))
    new.write(JournalStarted("new card"))
    result = await house.take(new.message())
    assert await house.kinds() == ["journal_replaced"]
    assert [(ack.journal, ack.sequence) for ack in house.acks(result.publications)] == [("j2", 1)]
    assert len(await house.all(Entry)) == 7


async def test_a_journal_that_names_the_one_before_is_no_incident(house: House) -> None:
    tap(house.journal)
    await house.take(house.journal.message())
    new = Journal(house.unit_key, name=JournalId("j2"))
    new.write(JournalStarted("damage", previous=JournalId("j1")))
    await house.take(new.message())
    assert await house.kinds() == []


async def test_a_unit_cannot_speak_of_anothers_door_or_journal(house: House) -> None:
    house.journal.write(DoorOpened(DoorId("far"), OpeningCause.EXIT))
    await house.take(house.journal.message())
    assert await house.kinds() == ["foreign_fact"]
    assert await house.get(DoorState, "far") is None
    other = Journal(SigningKey(b"o" * 32), unit=UnitId("other"))
    other.write(DoorClosed(DoorId("far")))
    result = await house.take(other.message())
    assert house.acks(result.publications) == []
    assert "journal_forked" in await house.kinds()


async def test_a_grant_taken_in_a_later_transaction_completes_its_passage(house: House) -> None:
    tap(house.journal)
    await house.take(house.journal.message(1, 3))
    assert (await house.all(Passage))[0].outcome == "granted"
    await house.take(house.journal.message(4))
    assert (await house.all(Passage))[0].outcome == "taken"
    (day,) = [row for row in await house.all(AreaDay) if row.area == "salle"]
    assert (day.seen, day.entries) == (1, 1)
    tap(house.journal, "g2", "h1", START + 3_600_000)
    await house.take(house.journal.message(7))
    (day,) = [row for row in await house.all(AreaDay) if row.area == "salle"]
    assert (day.seen, day.entries) == (1, 2)


async def test_a_refusal_is_a_passage_with_its_reason(house: House) -> None:
    event = AccessDenied(
        FRONT, AccessPointId("in"), Reason.NOT_PERMITTED_NOW, 3, when=1_760_001_000
    )
    house.journal.write(event)
    await house.take(house.journal.message())
    (passage,) = await house.all(Passage)
    assert (passage.outcome, passage.reason, passage.when) == (
        "denied", "not_permitted_now", 1_760_001_000,
    )  # fmt: skip


async def test_an_alarm_opens_an_incident_that_its_end_closes(house: House) -> None:
    house.journal.write(DoorForcedOpen(FRONT))
    await house.take(house.journal.message())
    assert await house.kinds() == ["door_forced_open"]
    assert (await house.get(DoorState, "front")).alarm == "door_forced_open"
    house.journal.write(DoorClosed(FRONT), START + 5000)
    await house.take(house.journal.message(2))
    assert await house.kinds() == []
    assert (await house.get(DoorState, "front")).alarm is None


async def test_an_alarm_that_ends_and_returns_in_one_group_stays_open(house: House) -> None:
    for event in (DoorForcedOpen(FRONT), DoorClosed(FRONT), DoorForcedOpen(FRONT)):
        house.journal.write(event)
    await house.take(house.journal.message())
    assert await house.kinds() == ["door_forced_open"]


async def test_desks_fill_hours_and_publish_counts_without_identity(house: House) -> None:
    desk, area = DeskId("d1"), AreaId("salle")
    house.journal.write(DeskOccupied(desk, area, DeskEvidence.SEAT), START)
    first = await house.take(_online(house, True), house.journal.message())
    counts = [each for each in first.publications if each.topic.endswith("/areas/salle/counts")]
    assert counts[0].retain
    assert '"desks_occupied":1' in counts[0].payload
    house.journal.write(DeskFreed(desk, area, DeskEvidence.HOLD_ENDED), START + 1_200_000)
    await house.take(house.journal.message(2))
    hours = sorted(await house.all(DeskHour), key=lambda row: row.hour_utc)
    assert [row.occupied_seconds for row in hours] == [400, 800]
    assert [row.peak for row in hours] == [1, 1]
    assert (await house.get(DeskState, "d1")).state == "free"


async def test_desks_of_a_unit_that_is_gone_are_counted_as_unknown(house: House) -> None:
    house.journal.write(DeskOccupied(DeskId("d1"), AreaId("salle"), DeskEvidence.SEAT), START)
    await house.take(_online(house, True), house.journal.message())
    texts = {}
    for here in (False, True):
        result = await house.take(_online(house, here))
        found = {each.topic: each.payload for each in result.publications if each.retain}
        counts = json.loads(found["loquet/v1/maison/areas/salle/counts"])
        desk = json.loads(found["loquet/v1/maison/areas/salle/desks/d1"])
        texts[here] = (counts["desks_occupied"], counts["desks_unknown"], desk["state"])
    assert texts == {False: (0, 1, "unknown"), True: (1, 0, "occupied")}


async def test_a_desk_of_one_person_has_no_topic(house: House) -> None:
    async with house.database.with_transaction() as session:
        desk = await session.get(Desk, "d1")
        assert desk is not None
        desk.assigned_holder = "h1"
    house.journal.write(DeskOccupied(DeskId("d1"), AreaId("salle"), DeskEvidence.SEAT), START)
    result = await house.take(_online(house, True), house.journal.message())
    found = {each.topic: each.payload for each in result.publications if each.retain}
    assert found["loquet/v1/maison/areas/salle/desks/d1"] == "", "what stood there is taken away"
    assert json.loads(found["loquet/v1/maison/areas/salle/counts"])["desks_occupied"] == 0


def _online(house: House, here: bool) -> Message:
    said = Online(UNIT, here, BootId("b1"))
    return Message(house.journal.topic(Channel.ONLINE), encode(said).encode())


async def test_presence_is_told_only_where_exits_are_sensed(house: House) -> None:
    house.journal.write(granted("g1", door="quiet", point="quiet"))
    house.journal.write(AccessTaken(DoorId("quiet"), GrantId("g1")))
    result = await house.take(house.journal.message())
    texts = {each.topic: each.payload for each in result.publications if "/areas/" in each.topic}
    assert '"present":1' in texts["loquet/v1/maison/areas/calme/counts"]
    assert "present" not in texts["loquet/v1/maison/areas/salle/counts"]
    assert AreaCounts.kind in texts["loquet/v1/maison/areas/salle/counts"]


async def test_a_state_is_believed_only_when_signed(house: House) -> None:
    await house.take(house.journal.state(policy_version=4, readers={"r1": "ok"}))
    row = await house.get(UnitState, UNIT)
    assert (row.policy_version, row.challenge, row.readers) == (4, "c1", {"r1": "ok"})
    forged = Journal(SigningKey(b"z" * 32)).state(policy_version=9)
    await house.take(forged)
    assert (await house.get(UnitState, UNIT)).policy_version == 4
    assert await house.kinds() == ["forged_state"]


async def test_online_is_a_hint_that_changes_one_light(house: House) -> None:
    topic = house.journal.topic(Channel.ONLINE)
    said = Online(UNIT, True, BootId("b1"))
    await house.take(Message(topic, encode(said).encode()))
    assert (await house.get(UnitState, UNIT)).online is True
    await house.take(Message(topic, encode(replace(said, online=False)).encode(), retained=True))
    assert (await house.get(UnitState, UNIT)).online is False
