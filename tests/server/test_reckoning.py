"""A server whose machine's clock is wrong: whom it asks, and what it goes by meanwhile."""

import asyncio
import shutil
import time
from functools import partial
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr
from sqlalchemy import select

from loquet_contract.wire.clock import ClockSource
from loquet_contract.wire.codec import decode_text
from loquet_contract.wire.messages import Manifest
from loquet_contract.wire.signing import Purpose, Verifier
from loquet_server.app import no_pages
from loquet_server.assembly import open_office
from loquet_server.backup.schedule import back_up, due
from loquet_server.broker import free_port
from loquet_server.cli import main
from loquet_server.database import Database
from loquet_server.days import DAY_MS, HOUR_MS
from loquet_server.incidence import end_incident
from loquet_server.models import ClockReckoning, Incident, Policy
from loquet_server.policy.publisher import PolicyPublisher
from loquet_server.reckoning.clock import ServerClock
from loquet_server.reckoning.judgement import LEAP_MS, TOLERANCE_MS, Doubt, Known, judge
from loquet_server.reckoning.keeping import KIND, ClockWatch, follow, vouch
from loquet_server.reckoning.witnesses import SILENT_SECONDS, Witnesses
from loquet_server.serving import running
from loquet_server.settings import Accounts, Settings
from tests.server.house import START, UNIT, House

MINUTE_MS = 60_000
moments = st.integers(0, 4 * 10**12)


@pytest.mark.parametrize(
    ("now", "units", "before", "doubt"),
    [
        (0, None, None, None),
        (-TOLERANCE_MS, None, None, None),
        (-TOLERANCE_MS - 1, None, None, Doubt.BEHIND),
        (LEAP_MS, None, None, None),
        (LEAP_MS + 1, None, None, Doubt.LEAP),
        (LEAP_MS + 1, LEAP_MS, None, None),
        (-5 * DAY_MS, -5 * DAY_MS, Doubt.BEHIND, None),
        (5 * DAY_MS, 0, None, Doubt.UNITS),
        (5 * DAY_MS, None, Doubt.UNITS, Doubt.UNITS),
        (MINUTE_MS, None, Doubt.UNITS, None),
    ],
    ids=[
        "right", "drift", "behind", "slept", "slept too long", "slept, and units know", "floor too"
        " high, and units know", "units say otherwise", "units fell silent", "back again",
    ],
)  # fmt: skip
def test_a_clock_is_judged(
    now: int, units: int | None, before: Doubt | None, doubt: Doubt | None
) -> None:
    sure = START
    known = Known(sure + now, sure, None if units is None else sure + units, before)
    assert judge(known).doubt is doubt


@given(moments, moments, st.none() | moments, st.none() | st.sampled_from(Doubt))
def test_in_doubt_the_time_is_never_later_than_what_was_sure(
    now: int, sure: int, units: int | None, before: Doubt | None
) -> None:
    verdict = judge(Known(now, sure, units, before))
    assert verdict.utc == now if verdict.doubt is None else verdict.utc <= sure


def test_whoever_is_vouched_for_is_believed_against_units_for_a_day() -> None:
    now = START + 5 * DAY_MS
    known = Known(now, now, START, Doubt.UNITS, now)
    assert judge(known).doubt is None
    later = now + DAY_MS + 1
    assert judge(Known(later, later, START, None, now)).doubt is Doubt.UNITS


NETWORK, CONFIGURED = ClockSource.NETWORK.value, ClockSource.CONFIGURED.value


@pytest.mark.parametrize(
    ("words", "units", "agreed"),
    [
        ([(0, NETWORK), (MINUTE_MS, NETWORK)], 2, 2),
        ([(0, NETWORK)], 1, 1),
        ([(0, NETWORK)], 2, None),
        ([(0, NETWORK), (DAY_MS, NETWORK)], 2, None),
        ([(0, NETWORK), (0, NETWORK), (DAY_MS, NETWORK)], 3, 2),
        ([(0, CONFIGURED), (0, CONFIGURED)], 2, None),
        ([(0, None), (0, ClockSource.SIGNED.value)], 2, None),
    ],
)
def test_units_are_asked_who_agree(
    words: list[tuple[int, str | None]], units: int, agreed: int | None
) -> None:
    witnesses = Witnesses()
    for name, (utc, source) in enumerate(words):
        witnesses.heard(str(name), START + utc, source, 100.0)
    found = witnesses.agreed(160.0, units)
    assert (found and found[1]) == agreed
    if found is not None:
        assert 0 <= found[0] - START - MINUTE_MS <= TOLERANCE_MS


def test_a_witness_whom_the_server_talked_out_of_its_clock_stays_one_until_it_is_silent() -> None:
    witnesses = Witnesses()
    witnesses.heard("a", START, NETWORK, 0.0)
    witnesses.heard("a", START + 9 * DAY_MS, ClockSource.SIGNED.value, 200.0)
    assert witnesses.agreed(200.0 + SILENT_SECONDS, 1) == (START + 500_000, 1)
    assert witnesses.agreed(201.0 + SILENT_SECONDS, 1) is None
    witnesses.heard("a", START, NETWORK, 600.0)
    witnesses.gone("a")
    assert witnesses.agreed(600.0, 1) is None


class Machine:
    """A machine whose clock can be set, and a server's watch over it."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.utc, self.instant = START / 1000, 5000.0
        self.resumed = 0
        self.start()

    def start(self) -> None:
        self.clock = ServerClock(lambda: self.utc, lambda: self.instant)
        self.witnesses = Witnesses()
        self.watch = ClockWatch(self.database, self.clock, self.witnesses, self._resume)

    async def _resume(self) -> None:
        self.resumed += 1

    async def passes(self, seconds: float, *units: tuple[str, float]) -> None:
        """Let time pass; units say by how many seconds their clock is ahead of the machine's."""
        self.utc += seconds
        self.instant += seconds
        for unit, ahead in units:
            utc = int((self.utc + ahead) * 1000)
            self.witnesses.heard(unit, utc, NETWORK, self.instant)
        await self.watch.look()


@pytest.fixture
async def house(database: Database) -> House:
    found = House(database)
    await found.build()
    return found


async def the_incident(house: House) -> Incident:
    rows: list[Incident] = await house.all(Incident)
    [found] = [each for each in rows if each.kind == KIND]
    return found


async def test_a_clock_that_falls_back_is_reckoned_past_and_believed_when_right(
    house: House,
) -> None:
    machine = Machine(house.database)
    await machine.passes(60)
    machine.utc -= 3 * DAY_MS / 1000
    machine.start()  # the machine lost its battery, and the server starts on it
    await machine.passes(10)
    assert machine.clock.doubted
    assert machine.clock() == pytest.approx(START / 1000 + 60)
    incident = await the_incident(house)
    assert (incident.site, incident.ended_at) == (None, None)
    assert "2 d 23 h 59 min behind what the server wrote itself" in incident.detail
    async with house.database.with_transaction() as session:
        await end_incident(session, unit=None, kind=KIND, now_ms=START, by="paul")
    await machine.passes(100)
    assert (await the_incident(house)).ended_at is None  # to close it does not put it right
    assert machine.clock() == pytest.approx(START / 1000 + 160)
    machine.utc += 3 * DAY_MS / 1000
    await machine.passes(0)
    assert not machine.clock.doubted
    assert machine.resumed == 1
    assert (await the_incident(house)).ended_at is not None


async def test_units_speak_against_a_clock_that_is_ahead_and_pull_down_what_it_wrote(
    house: House,
) -> None:
    machine = Machine(house.database)
    await machine.passes(0)
    machine.utc += 9 * DAY_MS / 1000
    await machine.passes(10)
    assert not machine.clock.doubted  # nobody knows better
    ahead = -9.0 * 86_400
    await machine.passes(10, (UNIT, ahead), ("other", ahead))
    assert not machine.clock.doubted  # what came may have waited
    await machine.passes(10, (UNIT, ahead), ("other", ahead))
    assert machine.clock.doubted
    assert machine.clock() == pytest.approx(START / 1000 + 30)
    assert "9 d 0 h 0 min ahead of those of units (2)" in (await the_incident(house)).detail
    machine.utc += ahead
    await machine.passes(10, (UNIT, 0), ("other", 0))
    assert not machine.clock.doubted
    assert (await the_incident(house)).ended_at is not None


async def test_a_person_ends_a_doubt_that_nobody_else_can(house: House) -> None:
    machine = Machine(house.database)
    await machine.passes(0)
    await machine.passes(40 * 86_400)  # asleep, and by itself
    assert not machine.clock.doubted
    machine.utc += 400 * 86_400
    machine.start()
    await machine.passes(0)
    assert machine.clock.doubted
    other = ServerClock(lambda: machine.utc, lambda: machine.instant)
    await follow(house.database, other)
    assert other() == pytest.approx(machine.clock())
    async with house.database.with_transaction() as session:
        await vouch(session, machine.clock.now_ms())
    await machine.passes(10)
    assert (machine.clock.doubted, machine.clock()) == (False, machine.utc)
    await follow(house.database, other)
    assert not other.doubted
    assert (await house.get(ClockReckoning, 1)).doubt is None


async def test_what_is_signed_in_doubt_bears_the_reckoned_time_and_still_goes_out(
    house: House,
) -> None:
    machine = Machine(house.database)
    await machine.passes(0)
    policies = PolicyPublisher(house.keys, 92)

    async def signed() -> Manifest:
        now_ms = int(machine.clock() * 1000)
        async with house.database.with_transaction() as session:
            await policies.advance_site(session, "maison", now_ms, afresh=True)
        newest = max(await house.all(Policy), key=lambda each: (each.unit == UNIT, each.version))
        verifier = Verifier(house.keys.signing.public)
        return decode_text(Manifest, verifier.payload(Purpose.POLICY, newest.manifest))

    before = await signed()
    machine.utc -= 700 * 86_400
    await machine.passes(10)
    during = await signed()
    assert (during.version, during.created) == (before.version + 1, before.created + 10)
    assert during.expires_at > START // 1000 + 10


async def test_a_version_from_far_ahead_is_made_anew(house: House) -> None:
    policies = PolicyPublisher(house.keys, 92)
    async with house.database.with_transaction() as session:
        assert await policies.renew(session, UNIT, START + 9 * DAY_MS)
        assert await policies.renew(session, UNIT, START)
        assert not await policies.renew(session, UNIT, START + HOUR_MS)


async def test_a_server_that_starts_on_a_flat_battery_says_so_and_reckons(
    tmp_path: Path, sqlite_template: Path
) -> None:
    shutil.copy(sqlite_template, tmp_path / "loquet.db")
    settings = Settings(
        data=tmp_path, port=0, broker_port=free_port(), accounts=Accounts.LOCAL,
        backup_passphrase=SecretStr("une phrase assez longue"),
    )  # fmt: skip
    sure = int(time.time() * 1000) + 3 * DAY_MS
    async with open_office(settings) as office, office.database.with_transaction() as session:
        session.add(ClockReckoning(id=1, sure_at=sure))
    async with running(settings, include=no_pages) as server:
        assert server.office.now_ms() >= sure
        async with server.office.database.reading() as session:
            kinds = list(await session.scalars(select(Incident.kind)))
        assert kinds == [KIND]
        await back_up(server.office, tmp_path)
        assert not due(tmp_path, server.office.clock()), "it would be written again and again"
        asked = partial(CliRunner().invoke, main)
        said = await asyncio.to_thread(asked, ["clock", "--data", str(tmp_path)])
        assert "does not believe" in said.stdout, said.output
        said = await asyncio.to_thread(asked, ["clock", "--is-right", "--data", str(tmp_path)])
        assert (said.exit_code, "believes it within seconds" in said.stdout) == (0, True)
    async with running(settings, include=no_pages) as server:
        assert server.office.now_ms() < sure
        async with server.office.database.reading() as session:
            assert await session.scalar(select(Incident.ended_at)) is not None
