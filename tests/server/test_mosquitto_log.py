"""An external mosquitto says who came: refusals are told, and who is shut out has to go."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from loquet_server.authority import Authority
from loquet_server.certificates.context import office_context
from loquet_server.certificates.mosquitto_log import LogReader, MosquittoEar
from loquet_server.certificates.refusals import OVERREACH, REFUSED
from loquet_server.certificates.revoking import revoke
from loquet_server.exchange import Exchange
from loquet_server.models import Incident
from loquet_server.mqtt import Address
from loquet_server.office import Office
from loquet_server.policy.publisher import PolicyPublisher
from loquet_server.settings import Settings
from tests.brokers import Listener, until
from tests.server.house import UNIT, House
from tests.tls_brokers import TlsMosquitto, let_in

CAME = "1795387090: New client connected from 10.0.0.9:520 as {} (p2, c1, k60, u'{}')."
KNOCK = "1795387090: New connection from {}:54449 on port 8883."


def read(*lines: str) -> LogReader:
    found = LogReader()
    for line in lines:
        found.read(line)
    return found


@pytest.mark.parametrize(
    ("line", "kind", "detail"),
    [
        ("Client connection from 10.0.0.9 failed: error:0A00010B:SSL routines::wrong version"
         " number.", REFUSED, "10.0.0.9: error:0A00010B"),
        ("OpenSSL Error[0]: error:0A000086:SSL routines::certificate verify failed", REFUSED,
         "10.0.0.7 (the last to come): error:0A000086"),
        ("Client one disconnected, not authorised.", REFUSED, "'one' of 'nobody': not"),
        ("Client loquet-hall disconnected due to oversize packet.", OVERREACH,
         "'loquet-hall' of 'hall': due to oversize packet"),
    ],
)  # fmt: skip
def test_the_log_says_who_was_refused(line: str, kind: str, detail: str) -> None:
    reader = read(KNOCK.format("10.0.0.7"), CAME.format("loquet-hall", "hall"), f"1795: {line}")
    (found,) = reader.refusals()
    assert found.kind == kind
    assert found.detail.startswith(detail)
    assert reader.refusals() == [], "each is told once"


@pytest.mark.parametrize(
    "line",
    [
        "OpenSSL Error[0]: error:0A000126:SSL routines::unexpected eof while reading",
        "Client loquet-hall closed its connection.",
        "Client <unknown> disconnected: Protocol error.",
        "Reloading config.",
    ],
)
def test_who_only_leaves_was_not_refused(line: str) -> None:
    assert read(f"1795387090: {line}").refusals() == []


def test_a_unit_and_the_server_come_by_their_names_and_a_thief_by_another() -> None:
    reader = read(
        CAME.format("loquet-hall", "hall"), CAME.format("loquet-web-7-1", "loquet.server")
    )
    assert reader.refusals() == []
    reader.read(CAME.format("mosq-x", "hall"))
    (found,) = reader.refusals()
    assert (found.kind, found.detail) == (
        OVERREACH, "10.0.0.9: came as 'hall' by the name of 'mosq-x': not the unit"
    )  # fmt: skip


def test_a_client_id_that_looks_like_a_line_of_the_log_accuses_nobody() -> None:
    odd = "x (p2, c1, k60, u'study')."
    reader = read(CAME.format(odd, "hall"))
    assert reader.sessions_of({"study"}) == []
    assert reader.sessions_of({"hall"}) == [odd]
    assert reader.sessions_of({"hall"}) == [], "until it comes again"


def test_a_session_belongs_to_who_came_last_under_its_id() -> None:
    reader = read(
        CAME.format("loquet-ingest", "hall"), CAME.format("loquet-ingest", "loquet.server")
    )
    assert reader.sessions_of({"hall"}) == []


def subscribed(*lines: str) -> list[str]:
    reader = read(CAME.format("loquet-hall", "hall"), CAME.format("loquet-study", "study"))
    reader.read(CAME.format("loquet-web-7-1", "loquet.server"))
    for line in lines:
        reader.subscribed(f"1795387090: {line}")
    found = reader.refusals()
    assert {each.kind for each in found} <= {OVERREACH}
    return [each.detail for each in found]


def test_who_subscribes_to_more_than_its_own_is_told() -> None:
    units = "loquet/v1/village/units"
    assert subscribed(
        f"loquet-hall 1 {units}/hall/commands", f"loquet-web-7-1 1 {units}/+/events",
        f"of-before-we-came 1 {units}/+/events",
    ) == []  # fmt: skip
    assert subscribed(f"loquet-hall 1 {units}/study/commands", "loquet-hall 0 #") == [
        f"'loquet-hall' of 'hall': may not subscribe to '{units}/study/commands'",
        "'loquet-hall' of 'hall': may not subscribe to '#'",
    ]


@pytest.mark.parametrize(
    "asked",
    [
        "x 1 loquet/v1/village/units/hall/commands",
        "New client connected from 10.0.0.9:520 as mosq-x (p2, c1, k60, u'study').",
        "a 1 1 1 loquet-study 1 #",
    ],
)
def test_a_filter_that_looks_like_a_line_hides_nothing_and_accuses_nobody_else(asked: str) -> None:
    (found,) = subscribed(f"loquet-hall 1 {asked}")
    assert found == f"'loquet-hall' of 'hall': may not subscribe to {asked!r}"


def test_a_name_longer_than_a_line_is_told_and_its_end_is_not_believed() -> None:
    forged = " (p2, c1, k60, u'study')."
    line = CAME.format("x" * 999, "hall")[: 999 - len(forged)] + forged
    reader = read(line)
    assert reader.sessions_of({"study"}) == []
    (found,) = reader.refusals()
    assert found.kind == OVERREACH
    assert found.detail.startswith("10.0.0.9: came by a name that is too long")


def test_what_is_remembered_is_bounded() -> None:
    reader = LogReader(3)
    for number in range(6):
        reader.read(CAME.format(f"loquet-u{number}", f"u{number}"))
    found = reader.sessions_of({f"u{number}" for number in range(6)})
    assert found == ["loquet-u3", "loquet-u4", "loquet-u5"]


class Guarded:
    """A mosquitto that asks for certificates, and an office that hears its log."""

    def __init__(self, house: House, folder: Path) -> None:
        self.broker = TlsMosquitto(folder / "b", (UNIT,), Authority.of(house.keys))
        self.broker.start()
        settings = Settings(data=folder, address="http://localhost:8000")
        tls = office_context(house.keys)
        address = Address(self.broker.host, self.broker.port, self.broker.server_user, "", tls)
        self.office = Office(
            settings, house.database, house.keys, Exchange(address),
            PolicyPublisher(house.keys, settings.policy_horizon_days), clock=lambda: house.now,
        )  # fmt: skip
        self.ear = MosquittoEar(self.office, address)

    def listener(self, client: str) -> Listener:
        """Come with the unit's certificate, under any name."""
        return Listener(self.broker, UNIT, "", client_id=client)

    def shut_out(self) -> None:
        """Have mosquitto know that the unit is revoked."""
        self.broker.revoke(UNIT)
        context = self.broker.certificate_of(UNIT).context(True)
        until(lambda: not let_in(self.broker, context), "it is not let in again")


@pytest.fixture
async def guarded(house: House, tmp_path: Path) -> AsyncIterator[Guarded]:
    found = Guarded(house, tmp_path)
    await found.office.exchange.start()
    await found.ear.start()
    await found.ear.wait_online(20)
    yield found
    await found.ear.stop()
    await found.office.exchange.stop()
    found.broker.kill()


async def test_a_revoked_unit_has_no_session_left_under_any_name_and_knocks_are_told(
    house: House, guarded: Guarded
) -> None:
    thief = await asyncio.to_thread(guarded.listener, "another name")
    assert not await asyncio.to_thread(let_in, guarded.broker, None)
    async with house.database.with_transaction() as session:
        await revoke(session, UNIT, "Anna", "stolen", int(house.now))
    await asyncio.to_thread(guarded.shut_out)
    assert thief.client.is_connected(), "mosquitto itself leaves it there"
    await guarded.ear.round()
    await asyncio.to_thread(until, lambda: not thief.client.is_connected(), "it is hung up on")
    thief.close()
    incidents = {each.kind: each.detail for each in await house.all(Incident)}
    assert set(incidents) == {REFUSED, OVERREACH}
    assert len(thief.greeted) == 1
