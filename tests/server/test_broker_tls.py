"""The embedded broker with certificates: renewed, revoked and watched without a break."""

import asyncio
import socket
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from loquet_contract.ids import SiteId, UnitId
from loquet_contract.wire import base64url
from loquet_contract.wire.broker_context import broker_context
from loquet_contract.wire.topics import Channel, unit_topic
from loquet_edge.tls_identity import BrokerPlace, TlsFolder, TlsKey
from loquet_server.authority import Authority
from loquet_server.broker import SERVER_USER, Broker, free_port, hash_password, unit_user
from loquet_server.certificates.context import office_context
from loquet_server.certificates.files import BrokerFiles
from loquet_server.certificates.refusals import (
    MOST_BYTES,
    OVERREACH,
    REFUSED,
    BrokerLog,
    Refusal,
    raise_refusals,
    refusal,
)
from loquet_server.models import Incident
from loquet_server.mqtt import Address, BrokerAway
from tests.server.desk import make_office
from tests.server.house import House, make_keys
from tests.server.wire import Client, connected

SITE, ONE, TWO = SiteId("maison"), UnitId("one"), UnitId("two")
PASSWORD = "secret"


def now_ms() -> int:
    return int(time.time() * 1000)


class Guarded:
    """A broker with TLS, and the certificates of two units."""

    def __init__(self, folder: Path) -> None:
        self.keys, self.folder = make_keys(), folder
        self.authority = Authority.of(self.keys)
        self.files = BrokerFiles(folder / "broker" / "tls")
        self.files.keep_certificate(self.authority, ["127.0.0.1"], now_ms())
        self.broker = Broker(folder / "broker", "127.0.0.1", free_port(), PASSWORD, self.files)
        self.users = [unit_user(SITE, unit, hash_password(unit)) for unit in (ONE, TWO)]

    def of(self, unit: str) -> Address:
        folder, key = TlsFolder(self.folder / unit), TlsKey.generate()
        public = base64url.from_text(key.public_text)
        pem = self.authority.issue_unit(SITE, unit, public, now_ms()).pem
        place = BrokerPlace("127.0.0.1", self.broker.port, True)
        folder.keep(key, pem, self.authority.certificate_pem, place)
        return Address("127.0.0.1", self.broker.port, unit, unit, folder.context(True))

    def server(self) -> Address:
        tls = office_context(self.keys)
        return Address("127.0.0.1", self.broker.port, SERVER_USER, PASSWORD, tls)

    def shown(self) -> bytes:
        """Return the certificate that the broker shows now."""
        context = broker_context(self.authority.certificate_pem)
        line = socket.create_connection(("127.0.0.1", self.broker.port), 5)
        with context.wrap_socket(line) as found:
            return found.getpeercert(True) or b""


@pytest.fixture
async def guarded(tmp_path: Path) -> AsyncIterator[Guarded]:
    found = Guarded(tmp_path)
    await found.broker.start(found.users)
    yield found
    await found.broker.stop()


async def becomes(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not condition():
            await asyncio.sleep(0.02)


async def test_a_new_certificate_is_shown_and_sessions_stay(guarded: Guarded) -> None:
    topic = unit_topic(SITE, ONE, Channel.STATE)
    watching = connected(guarded.server(), "watch", "loquet/#")
    async with watching as watch, connected(guarded.of(ONE), "one") as unit:
        before, pid = guarded.shown(), guarded.broker.pid
        assert guarded.files.keep_certificate(guarded.authority, ["loquet.lan"], now_ms())
        await guarded.broker.read_again()
        await becomes(lambda: guarded.shown() != before)
        unit.session.publish(topic, "still here")
        assert (await watch.next()).payload == b"still here"
        assert (watch.generation, unit.generation) == (1, 1)
    assert guarded.broker.pid == pid


async def test_a_unit_that_is_no_user_any_more_loses_its_session_and_others_stay(
    guarded: Guarded,
) -> None:
    """One that an older backup does not know is no user either, good as its certificate is."""
    one, two = guarded.of(ONE), guarded.of(TWO)
    async with connected(one, "one") as stolen, connected(two, "two") as other:
        asked = time.monotonic()
        await guarded.broker.set_users(guarded.users[1:])
        await becomes(lambda: not stolen.session.online)
        assert time.monotonic() - asked < 1
        assert other.session.online
        assert other.generation == 1
    for who in (one, guarded.of("forgotten")):
        again = Client(who, "again", persistent=False)
        await again.session.start()
        with pytest.raises(BrokerAway):
            await again.session.wait_online(0.7)
        await again.session.stop()
    said = guarded.broker.log.read_text().splitlines()
    assert REFUSED in [each.kind for each in map(refusal, said) if each is not None]


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ('10.0.0.9:50 - mid:7 - TLS handshake error: tls: client didn\'t provide a certificate',
         REFUSED),
        ('[fe80::1]:50 - mid:7 - "x" - authentication error - User "one"', REFUSED),
        ('10.0.0.9:50 - mid:7 - "loquet-one" - Publish Violation - Subject "a.b"', OVERREACH),
        ('10.0.0.9:50 - mid:7 - "loquet-one" - maximum payload exceeded: 3 vs 2', OVERREACH),
        ("10.0.0.9:50 - mid:7 - TLS handshake error: EOF", None),
        ("10.0.0.9:50 - mid:7 - TLS handshake error: read tcp 1->2: i/o timeout", None),
        ("Server is ready", None),
    ],
)  # fmt: skip
def test_the_log_says_who_was_refused(line: str, kind: str | None) -> None:
    found = refusal(f"[1] 2026/11/22 15:28:53.004984 [ERR] {line}")
    assert (found and found.kind) == kind
    if found is not None:
        assert ":50" not in found.detail, "one knocker is one, from whatever port"


def test_a_log_is_read_once_whole_lines_alone_and_from_anew_when_it_was_cut(
    tmp_path: Path,
) -> None:
    path, line = tmp_path / "nats.log", "[1] d t [ERR] a:1 - mid:1 - authentication error\n"
    log = BrokerLog(path)
    assert log.read() == []
    path.write_text(line + line[:20])
    assert len(log.read()) == 1
    with path.open("a") as file:
        file.write(line[20:])
    assert len(log.read()) == 1
    path.write_text(line)
    assert len(log.read()) == 1
    path.write_text(line * 10_000)
    assert len(log.read()) <= MOST_BYTES // len(line) + 1, "and a part of one"
    assert log.read() == []


async def test_ten_thousand_strangers_are_one_incident(house: House, tmp_path: Path) -> None:
    office, recorder = make_office(house, tmp_path)
    for _ in range(3):
        await raise_refusals(office, [Refusal(REFUSED, f"10.0.0.{n}: no") for n in range(255)])
    await raise_refusals(office, [])
    (incident,) = await house.all(Incident)
    assert (incident.kind, incident.count, incident.unit) == (REFUSED, 3, None)
    assert incident.detail.startswith("255 ×")
    assert {each.noun for each in recorder.told} == {"incident"}
