"""The link as a process of its own, and lines to brokers that hang, hang up or rave."""

import signal
import socket
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from loquet_contract.wire.codec import decode_text
from loquet_contract.wire.messages import Online
from loquet_edge.journal_file import Fact, open_file
from loquet_edge.link.app import Link
from loquet_edge.link.inbox import Inbox
from loquet_edge.link.places import Places
from loquet_edge.policy_writer import PolicyWriter
from loquet_edge.seam import Acknowledged, Commanded, Wished
from tests import policies
from tests.brokers import BROKERS, Listener, NatsBroker, RealBroker, running, until
from tests.edge.link.stage import SITE, TOPICS, UNIT, FakeOffice, Stage, identity_for

UNIT_TOML = """
[unit]
site = "village"
id = "unit-1"
board = "simulated"
data = "data"
run = "run"
identity = "identity.json"

[[doors]]
id = "main"
lock = "strike"
fail = "secure"
lock_line = 17
lock_active = "high"
exit = "unseen"
"""


class LinkProcess:
    """``loquet-edge run --only link`` in a folder of its own."""

    def __init__(self, broker: RealBroker, folder: Path) -> None:
        for name in ("data", "run"):
            (folder / name).mkdir(parents=True, exist_ok=True)
        (folder / "unit.toml").write_text(UNIT_TOML)
        identity_for(broker).save(folder / "identity.json")
        self.folder = folder
        self.start()

    def start(self) -> None:
        command = [sys.executable, "-m", "loquet_edge.cli", "run", "--only", "link"]
        with (self.folder / "link.log").open("ab") as log:
            self.child = subprocess.Popen(
                [*command, "--config", str(self.folder / "unit.toml")], stderr=log
            )

    def end(self, number: signal.Signals) -> int:
        self.child.send_signal(number)
        return self.child.wait(20)


@pytest.fixture(params=BROKERS, ids=lambda cls: cls.name)
def broker(request: pytest.FixtureRequest, short_folder: Path) -> Iterator[RealBroker]:
    with running(request.param, short_folder / "broker") as found:
        yield found


def _online(listener: Listener) -> list[bool]:
    return [decode_text(Online, each).online for each in listener.said(f"{TOPICS}/online")]


def test_the_last_will_speaks_for_a_killed_link(broker: RealBroker, short_folder: Path) -> None:
    server = Listener.server(broker, f"{TOPICS}/online")
    link = LinkProcess(broker, short_folder / "unit")
    until(lambda: _online(server) == [True], "online is said")
    link.end(signal.SIGKILL)
    until(lambda: _online(server) == [True, False], "the last will says offline")
    link.start()
    until(lambda: _online(server) == [True, False, True], "online is said again")
    assert link.end(signal.SIGTERM) == 0
    until(lambda: _online(server)[-1] is False, "offline is said on leaving")
    server.close()


def test_a_link_killed_under_load_loses_and_doubles_nothing(
    broker: RealBroker, short_folder: Path
) -> None:
    folder = short_folder / "unit"
    link = LinkProcess(broker, folder)
    office = FakeOffice(broker)
    journal = open_file(folder / "data" / "journal.db", UNIT)
    from loquet_contract.ids import BootId
    from loquet_edge.clock import Stamp

    fact = Fact(Stamp(1, 1, True), BootId("b"), "door_closed", '{"door":"main"}')
    for round_ in range(1, 5):
        journal.append([fact] * 3000)
        until(lambda n=round_: len(office.entries) > (n - 1) * 2000, "something arrives")
        link.end(signal.SIGKILL)
        link.start()
    until(lambda: len(office.entries) >= 12_000, "all entries arrive", 60)
    assert office.entries == list(range(1, 12_001))
    assert link.end(signal.SIGTERM) == 0
    journal.close()
    office.close()


def test_a_broker_that_hangs_holds_up_nothing(broker: RealBroker, short_folder: Path) -> None:
    stage = Stage(broker, short_folder / "unit")
    office = FakeOffice(broker)
    stage.write(10)
    until(lambda: len(office.entries) == 10, "all entries arrive")
    broker.pause()
    stage.write(2000)
    turns = stage.turns
    stage.door.stop()
    stage.door.start()
    until(lambda: stage.door.joined >= 2, "the link still looks after door")
    assert stage.turns > turns
    broker.resume()
    until(lambda: len(office.entries) == 2010, "all entries arrive")
    assert office.entries == list(range(1, 2011))
    stage.close()
    office.close()


class FakeBroker(NatsBroker):
    """A listener in place of a broker; ``greet`` does with each connection what it likes."""

    def __init__(self, folder: Path, greet: Callable[[socket.socket], None]) -> None:
        super().__init__(folder)
        self.visits = 0
        self._greet = greet
        self._lines: list[socket.socket] = []
        self._listener = socket.create_server((self.host, 0))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                line, _ = self._listener.accept()
            except OSError:
                return
            self.visits += 1
            self._lines.append(line)
            try:
                line.settimeout(2)
                line.recv(1024)
                self._greet(line)
            except OSError:
                line.close()

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for line in self._lines:
            line.close()


def _silence(_line: socket.socket) -> None:
    return


def _saying(*packets: bytes) -> Callable[[socket.socket], None]:
    def greet(line: socket.socket) -> None:
        for packet in packets:
            line.sendall(packet)

    return greet


def _hang_up(line: socket.socket) -> None:
    line.close()


CONNACK = b"\x20\x02\x00\x00"
RAVING = {
    "hangs up": _hang_up,
    "speaks http": _saying(b"HTTP/1.1 400 Bad Request\r\n" + b"<p>" * 50),
    "refuses": _saying(b"\x20\x02\x00\x05"),
    "unknown packet": _saying(CONNACK, b"\xf7\x00"),
    "short publish": _saying(CONNACK, b"\x32\x01\x00"),
    "length beyond its end": _saying(CONNACK, b"\x32\x04\xff\xff\x00\x00"),
    "topic that is no utf-8": _saying(CONNACK, b"\x32\x07\x00\x02\xff\xfe\x00\x01x", b"\xff" * 9),
    "endless length": _saying(CONNACK, b"\x32\xff\xff\xff\xff\xff\xff"),
    "puback of nothing": _saying(CONNACK, b"\x40\x02\x77\x77", b"\x40\x00"),
    "suback of nothing": _saying(CONNACK, b"\x90\x01\x00"),
}


@pytest.mark.parametrize("name", RAVING)
def test_a_broker_that_raves_is_left_and_tried_again(short_folder: Path, name: str) -> None:
    broker = FakeBroker(short_folder, RAVING[name])
    stage = Stage(broker, short_folder / "unit")
    until(lambda: broker.visits >= 1, "the link comes")
    if name not in ("puback of nothing", "topic that is no utf-8"):
        until(lambda: broker.visits >= 3, "the link comes again")
    stage.door.stop()
    stage.door.start()
    until(lambda: stage.door.joined >= 2, "the link still looks after door")
    stage.close()
    broker.close()


def test_a_link_that_ends_says_so_of_every_thread_that_hangs(short_folder: Path) -> None:
    ends, broker = threading.Event(), FakeBroker(short_folder, _silence)

    def hanging(request: urllib.request.Request, timeout: float) -> IO[bytes]:
        ends.wait(2 * timeout)
        raise OSError(f"{request.full_url} did not answer")

    places = Places(short_folder / "door.sock", short_folder / "j.db", short_folder / "p.db")
    link = Link(places, identity_for(broker), web=hanging)
    link._keys.ask("a question")
    assert not link.close(), "to tear the interpreter down under a thread crashes it"
    ends.set()
    broker.close()


def test_a_broker_that_never_greets_holds_up_nothing(short_folder: Path) -> None:
    broker = FakeBroker(short_folder, _silence)
    stage = Stage(broker, short_folder / "unit")
    until(lambda: broker.visits == 1, "the link comes")
    stage.door.stop()
    stage.door.start()
    until(lambda: stage.door.joined >= 2, "the link still looks after door")
    assert stage.turns < 500
    stage.close()
    broker.close()


@pytest.fixture(scope="module")
def inbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Inbox]:
    from loquet_contract.wire.signing import Verifier

    verifier = Verifier(policies.SERVER_KEY.public)
    writer = PolicyWriter(tmp_path_factory.mktemp("p") / "policy.db", verifier, SITE, UNIT)
    yield Inbox(SITE, UNIT, verifier, writer)
    writer.close()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.sampled_from(["ack", "desired", "commands", "policy", "delta", "events", "x", ""]),
    st.one_of(
        st.binary(max_size=200),
        st.text(max_size=50).map(str.encode),
        st.dictionaries(
            st.sampled_from(["key", "payload", "signature", "kind", "manifest"]),
            st.sampled_from(['"x"', "7", "null", "[]", '"delta"', '"56475aa75463474c"']),
        ).map(
            lambda parts: ("{" + ",".join(f'"{k}":{v}' for k, v in parts.items()) + "}").encode()
        ),
    ),
)
def test_no_payload_ever_raises_or_reaches_door(inbox: Inbox, channel: str, payload: bytes) -> None:
    heard = inbox.take(f"{TOPICS}/{channel}", payload, 0.0)
    assert heard.ack is None
    assert not any(isinstance(each, (Acknowledged, Commanded, Wished)) for each in heard.to_door)


def test_a_door_that_does_not_read_is_not_waited_for(short_folder: Path) -> None:
    from loquet_edge.link.door_line import MAX_WAITING, DoorLine

    listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    listener.bind(str(short_folder / "door.sock"))
    listener.listen(1)
    line = DoorLine(short_folder / "door.sock")
    line.advance(0.0)
    assert line.connected
    told: list[int] = []
    for number in range(2000):
        line.send(Commanded("x" * 1000), lambda number=number: told.append(number))
    assert 2000 - MAX_WAITING <= len(told) < 2000
    assert told == sorted(told)
    wished = Wished("x" * 90_000)
    for _ in range(10):
        line.send(wished)
    assert sum(each.cls is Wished for each in line._waiting) == 1
    line.close()
    listener.close()
