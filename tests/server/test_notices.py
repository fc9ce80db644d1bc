"""Who is told of incidents, when, and what becomes of it: really sent by mail."""

import json

from loquet_contract.wire.events import DoorClosed, DoorHeldOpen
from loquet_server.models import (
    Incident,
    IncidentMute,
    Notice,
    NoticeChannel,
    NoticeTerms,
)
from loquet_server.notices.teller import Teller
from tests.server.desk import client
from tests.server.house import SITE, START, UNIT
from tests.server.notice_desk import FRONT, HOUR, MINUTE, ONLY_SQLITE, Desk, desk, to, told_by_unit
from tests.server.receiver import Receiver, receiving
from tests.server.test_operators_mail import postbox

__all__ = ["desk", "postbox"]


# ---- who is told --------------------------------------------------------------------------


async def test_one_person_then_the_next_then_everybody_and_each_once(desk: Desk) -> None:
    await desk.person("host", rank=1)
    await desk.person("manager", rank=2)
    await desk.person("owner")
    row = await desk.wrong("door_forced_open", "front")
    first = await desk.tell()
    assert to(first) == ["host"]
    assert "h1" not in first[0], "the detail stays in the house"
    assert f"https://loquet.example/incidents/{row.id}" in first[0]
    assert await desk.tell(10 * MINUTE) == []
    assert to(await desk.tell(5 * MINUTE)) == ["manager"]
    assert to(await desk.tell(16 * MINUTE)) == ["owner"]
    assert await desk.tell(HOUR) == [], "nobody is told twice"
    assert await desk.states() == ["sent"] * 3


async def test_who_takes_it_on_spares_the_others(desk: Desk) -> None:
    await desk.person("host", rank=1)
    await desk.person("manager", rank=2)
    row = await desk.wrong("door_forced_open", "front")
    await desk.tell()
    async with client(desk.office) as http:
        await http.post(f"/api/v1/incidents/{row.id}/acknowledge", json={})
    assert await desk.tell(HOUR) == []
    async with client(desk.office) as http:
        await http.post(f"/api/v1/incidents/{row.id}/resolve", json={})
    desk.house.now += MINUTE
    await desk.wrong("door_forced_open", "front")
    assert to(await desk.tell()) == ["host"], "it came back although seen to: a new round"


@ONLY_SQLITE
async def test_a_warning_wakes_nobody_and_comes_in_the_morning_with_others(desk: Desk) -> None:
    await desk.person("host", quiet_from=10 * 60, quiet_until=12 * 60)
    await desk.wrong("reader_lost", "r1")
    await desk.wrong("unit_hot")
    urgent = await desk.wrong("tamper_opened")
    one = await desk.tell()
    assert len(one) == 1, "what is urgent passes; the house's clock shows 10:53"
    assert f"/incidents/{urgent.id}" in one[0]
    await desk.well("unit_hot")
    [both] = await desk.tell(2 * HOUR)
    assert "2 incidents" in both
    assert sorted(await desk.states()) == ["sent", "sent", "sent"]


@ONLY_SQLITE
async def test_what_is_over_or_muted_is_not_told(desk: Desk) -> None:
    await desk.person("host")
    async with desk.house.database.with_transaction() as session:
        session.add(
            IncidentMute(
                site=SITE, unit=UNIT, kind="reader_lost", until=START + HOUR * 1000, actor="x",
                at=START,
            )
        )  # fmt: skip
    await desk.wrong("reader_lost", "r1")
    await desk.wrong("area_full", "salle", unit=None)
    assert await desk.tell() == []
    assert await desk.tell(2 * HOUR) == [], "the mute is over, but nobody is in a hurry"
    assert len(await desk.tell(11 * MINUTE)) == 1
    desk.box.refuse = "RCPT"
    await desk.wrong("unit_hot")
    assert await desk.tell() == []
    desk.box.refuse = ""
    await desk.well("unit_hot")
    assert await desk.tell(10) == []
    assert await desk.states() == ["sent", "dropped"]


@ONLY_SQLITE
async def test_many_at_once_are_told_together(desk: Desk) -> None:
    await desk.person("host")
    for number in range(12):
        await desk.wrong("reader_lost", f"r{number}")
    assert len(await desk.tell()) == 5
    [rest] = await desk.tell(11 * MINUTE)
    assert "7 incidents" in rest
    assert await desk.tell(HOUR) == []


@ONLY_SQLITE
async def test_a_server_that_was_away_tells_no_storm(desk: Desk) -> None:
    """A day's facts come at once: what is over is not told, and the rest in one message."""
    await desk.person("host")
    desk.house.now += 24 * HOUR
    for hour in range(20):
        at = START + hour * HOUR * 1000
        await told_by_unit(desk.house, DoorHeldOpen(FRONT), at=at)
        await told_by_unit(desk.house, DoorClosed(FRONT), at=at + 60_000)
    await told_by_unit(desk.house, DoorHeldOpen(FRONT), at=START + 20 * HOUR * 1000)
    assert len(await desk.house.all(Incident)) == 21
    assert await desk.tell() == []
    assert len(await desk.tell(11 * MINUTE)) == 1


async def test_a_mail_that_fails_is_tried_again_under_the_same_name(desk: Desk) -> None:
    await desk.person("host")
    await desk.person("owner", least="urgent")
    desk.box.refuse = "RCPT"
    await desk.wrong("reader_lost", "r1")
    assert await desk.tell() == []
    [row] = await desk.house.all(Notice)
    assert (row.state, row.problem, row.attempts) == ("waiting", "mail_failed", 1)
    assert "550" in row.said
    for seconds in (6, 31):
        assert await desk.tell(seconds) == []
    kinds = {each.kind for each in await desk.house.all(Incident)}
    assert kinds == {"reader_lost", "notices_failed"}
    desk.box.refuse = ""
    [found] = await desk.tell(121)
    assert f"Message-ID: <notice-{row.id}-nw-host@loquet.invalid>" in found
    failed = [e for e in await desk.house.all(Incident) if e.kind == "notices_failed"]
    assert failed[0].ended_at is not None


@ONLY_SQLITE
async def test_two_servers_do_not_both_send_and_a_claim_runs_out(desk: Desk) -> None:
    await desk.person("host")
    await desk.wrong("reader_lost", "r1")
    one, other = Teller(desk.office), Teller(desk.office)
    await one.look()
    await other.look()
    await one.settled()
    await other.settled()
    assert len(desk.box.messages) == 1
    async with desk.house.database.with_transaction() as session:
        row = await session.get(Notice, 1)
        assert row is not None  # as if the server had died after it had claimed
        row.state, row.next_at = "waiting", desk.office.now_ms() + 60_000
    assert await desk.tell(30) == []
    assert len(await desk.tell(31)) == 1


@ONLY_SQLITE
async def test_without_a_mail_server_it_is_said_and_escalated_at_once(desk: Desk) -> None:
    await desk.person("host", rank=1, quiet_from=0, quiet_until=1439, urgent_passes=False)
    await desk.person("manager", rank=2)
    await desk.wrong("fire_alarm")
    assert to(await desk.tell()) == ["manager"], "who sleeps is not waited for"


@ONLY_SQLITE
async def test_a_space_may_choose_to_wait_longer_or_to_tell_nobody_else(desk: Desk) -> None:
    async with desk.house.database.with_transaction() as session:
        session.add(NoticeTerms(site=SITE, escalate=0, digest_at=480))
    await desk.person("host", rank=1)
    await desk.person("manager", rank=2)
    await desk.wrong("lock_fault", "front")
    assert to(await desk.tell()) == ["host"]
    assert await desk.tell(24 * HOUR) == []


# ---- push ---------------------------------------------------------------------------------


def on(receiver: Receiver) -> str:
    return f"http://localhost:{receiver.port}"


@ONLY_SQLITE
async def test_push_reaches_ntfy_and_gotify(desk: Desk) -> None:
    async with receiving() as ntfy, receiving() as gotify:
        ntfy.answers = gotify.answers = [200]
        await desk.push("host", "ntfy", {"server": on(ntfy), "topic": "porte-9", "token": "tk_1"})
        await desk.push("owner", "gotify", {"server": on(gotify), "token": "Ab1"})
        row = await desk.wrong("door_forced_open", "front")
        await desk.tell()
        [said] = ntfy.got
        body = json.loads(said.body)
        assert body["topic"] == "porte-9"
        assert body["title"] == "La Maison: Opened without a release · Front · Hall"
        assert said.headers["authorization"] == "Bearer tk_1"
        assert (said.headers["x-priority"], said.headers["host"]) == (
            "max", f"localhost:{ntfy.port}",
        )  # fmt: skip
        assert said.headers["x-click"].endswith(f"/incidents/{row.id}")
        assert "x-icon" not in said.headers, "no picture of a third party"
        [other] = gotify.got
        assert other.headers["x-gotify-key"] == "Ab1"
        assert json.loads(other.body)["priority"] == 10
        assert await desk.states() == ["sent", "sent"]


@ONLY_SQLITE
async def test_what_a_push_server_refuses_is_quoted_without_our_secrets(desk: Desk) -> None:
    async with receiving() as receiver:
        receiver.answers, receiver.extra = [403, 302, 200], "location: http://127.0.0.1:1/\r\n"
        address = {"server": on(receiver), "topic": "porte-geheim", "token": "tk_1"}
        await desk.push("host", "ntfy", address)
        await desk.wrong("reader_lost", "r1")
        await desk.tell()
        [row] = await desk.house.all(Notice)
        assert (row.problem, "403" in row.said) == ("refused", True)
        assert "geheim" not in row.said and "tk_1" not in row.said
        await desk.tell(6)
        [row] = await desk.house.all(Notice)
        assert "302" in row.said, "a redirect is not followed"
        [channel] = await desk.house.all(NoticeChannel)
        assert "geheim" not in repr(channel.__dict__)


@ONLY_SQLITE
async def test_push_goes_to_no_private_address_unless_allowed(desk: Desk) -> None:
    desk.office.settings = desk.office.settings.model_copy(update={"hook_networks": ""})
    async with receiving() as receiver:
        await desk.push("host", "gotify", {"server": on(receiver), "token": "Ab1"})
        await desk.wrong("reader_lost", "r1")
        await desk.tell()
        assert receiver.got == []
    [row] = await desk.house.all(Notice)
    assert row.problem == "private_address"
