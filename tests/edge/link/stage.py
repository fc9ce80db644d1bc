"""A link under test between a real broker and stand-ins for ``door``, journal and server."""

import json
import socket
import threading
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

from loquet_contract.ids import BootId, JournalId
from loquet_contract.wire import base64url, sealing
from loquet_contract.wire.codec import MalformedMessage, decode_text, encode
from loquet_contract.wire.commands import Outcome
from loquet_contract.wire.enrolment import Identity
from loquet_contract.wire.envelope import Ack, Batch, chain_of, first_chain
from loquet_contract.wire.signing import Purpose, SigningKey, Verifier
from loquet_edge.clock import Stamp
from loquet_edge.identity import UnitIdentity
from loquet_edge.journal_file import Fact, JournalFile, open_file
from loquet_edge.link.app import HERE_SECONDS, Link
from loquet_edge.link.outbox import Outbox
from loquet_edge.link.places import Places
from loquet_edge.link.session import Backoff, Broker
from loquet_edge.seam import Answered, Appended, Status, ToDoor, ToLink, pack, unpack
from tests import policies
from tests.brokers import Listener, RealBroker, until
from tests.tls_brokers import TlsBroker

SITE, UNIT = policies.SITE, policies.UNIT
UNIT_KEY = SigningKey(bytes(range(100, 132)))
TOPICS = f"loquet/v1/{SITE}/units/{UNIT}"


def identity_for(broker: RealBroker, server: str = "http://127.0.0.1:9") -> UnitIdentity:
    """Return the identity of ``unit-1`` at this broker."""
    return UnitIdentity(
        Identity(
            site=SITE,
            unit=UNIT,
            broker_host=broker.host,
            broker_port=broker.port,
            broker_user=UNIT,
            broker_password=broker.password_of(UNIT),
            server_address=server,
            server_key=policies.SERVER_KEY.public.text,
            server_seal_key=base64url.to_text(sealing.public(bytes(range(32)))),
            pepper_id="pepper-1",  # type: ignore[arg-type]
            pepper=base64url.to_text(b"p" * 32),
        ),
        UNIT_KEY,
    )


class FakeDoor:
    """Listens on ``door.sock`` and notes what it hears; restarts when told."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.heard: list[ToDoor] = []
        self.joined = 0
        self.start()

    def start(self) -> None:
        self.path.unlink(missing_ok=True)
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._listener.bind(str(self.path))
        self._listener.listen(1)
        self._line: socket.socket | None = None
        threading.Thread(target=self._serve, args=(self._listener,), daemon=True).start()

    def stop(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        if self._line is not None:
            self._line.shutdown(socket.SHUT_RDWR)

    def say(self, message: ToLink) -> None:
        until(lambda: self._line is not None, "the link has joined door")
        assert self._line is not None
        self._line.send(pack(message))

    def of(self, cls: type[Any]) -> list[Any]:
        """Return what was heard of one kind."""
        return [each for each in list(self.heard) if isinstance(each, cls)]

    def _serve(self, listener: socket.socket) -> None:
        while True:
            try:
                line, _ = listener.accept()
            except OSError:
                return
            self._line = line
            self.joined += 1
            with closing(line):
                while packet := _packet(line):
                    self.heard.append(unpack(packet))  # type: ignore[arg-type]
            self._line = None


def _packet(line: socket.socket) -> bytes:
    try:
        return line.recv(200_000)
    except OSError:
        return b""


class FakeOffice:
    """The server's end: keeps entries once and in order, acknowledges what it keeps.

    It joins late as easily as early; ``forgetful`` makes it keep silent.
    """

    def __init__(self, broker: RealBroker, silent: bool = False) -> None:
        self.entries: list[int] = []
        self.batches = 0
        self.problems: list[str] = []
        self.silent = silent
        self._chains: dict[str, str] = {}
        self._sequence: dict[str, int] = {}
        self._verifier = Verifier(UNIT_KEY.public)
        self._said_at = 1
        self.line = Listener.server(broker, f"{TOPICS}/#")
        self.line.client.on_message = self._take

    def _take(self, client: Any, _user: Any, message: Any) -> None:
        self.line.heard.append((message.topic, bytes(message.payload), message.retain))
        if message.topic != f"{TOPICS}/events":
            return
        self.batches += 1
        try:
            batch = decode_text(Batch, self._verifier.payload(Purpose.BATCH, message.payload))
        except (MalformedMessage, ValueError) as error:
            self.problems.append(str(error))
            return
        self._keep(batch)
        if not self.silent:
            client.publish(f"{TOPICS}/ack", self.ack(batch.journal), qos=1, retain=True)

    def _keep(self, batch: Batch) -> None:
        name = str(batch.journal)
        chain = self._chains.setdefault(name, first_chain(batch.unit, batch.journal))
        at = self._sequence.setdefault(name, 0)
        if batch.entries[0].sequence > at + 1:
            return
        for entry in batch.entries:
            if entry.sequence == at + 1:
                at, chain = entry.sequence, chain_of(chain, entry)
                self.entries.append(entry.sequence)
        self._chains[name], self._sequence[name] = chain, at

    def ack(self, journal: JournalId, signer: Any = policies.SIGNER, **changed: Any) -> str:
        """Return a signed acknowledgement of all that is kept."""
        self._said_at += 1
        fields: dict[str, Any] = {
            "site": SITE,
            "unit": UNIT,
            "journal": journal,
            "sequence": self._sequence.get(journal, 0),
            "chain": self._chains.get(journal, first_chain(UNIT, journal)),
            "utc": self._said_at,
        }
        document: str = signer.sign(Purpose.ACK, encode(Ack(**{**fields, **changed})))
        return document

    def close(self) -> None:
        self.line.close()


class Stage:
    """The link on a thread of its own, with its neighbours."""

    def __init__(
        self, broker: RealBroker, folder: Path, web: Any = None, sensors: Broker | None = None,
        here_seconds: float = HERE_SECONDS,
    ) -> None:  # fmt: skip
        folder.mkdir(exist_ok=True, parents=True)
        self.folder, self.broker = folder, broker
        if isinstance(broker, TlsBroker):
            broker.certify(folder, UNIT)
        self.journal: JournalFile = open_file(folder / "journal.db", UNIT)
        self.door = FakeDoor(folder / "door.sock")
        self.places = Places(
            folder / "door.sock", folder / "journal.db", folder / "policy.db",
            sensors=sensors, sensors_away=1.0,
        )  # fmt: skip
        self.faults: list[BaseException] = []
        self.turns = 0
        self._web = {} if web is None else {"web": web}
        self._here_seconds = here_seconds
        self.start()

    def start(self) -> None:
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        link = Link(
            self.places,
            identity_for(self.broker),
            backoff=Backoff(0.05, 0.3),
            outbox=Outbox(patience=1.0),
            here_seconds=self._here_seconds,
            **self._web,
        )
        with closing(link):
            self.link = link
            while not self._stopping.is_set():
                self.turns += 1
                try:
                    link.turn(0.2)
                except BaseException as error:
                    self.faults.append(error)
                    raise

    def stop(self) -> None:
        self._stopping.set()
        self._thread.join(10)

    def write(self, count: int) -> None:
        """Append facts to the journal and tell the link, as ``door`` does."""
        facts = [
            Fact(
                Stamp(1_790_000_000_000, 1, True), BootId("boot"), "door_closed",
                json.dumps({"door": f"door-{number}"}, separators=(",", ":")),
            )
            for number in range(count)
        ]  # fmt: skip
        self.journal.append(facts)
        self.door.say(Appended(self.journal.journal, self.journal.last))

    def status(self, **changed: Any) -> None:
        """Have ``door`` say how it fares."""
        fields: dict[str, Any] = {
            "boot": BootId("boot-1"),
            "utc": 1,
            "clock_trusted": True,
            "challenge": "challenge",
            "journal": self.journal.journal,
            "last_sequence": self.journal.last,
            "backlog": 0,
        }
        self.door.say(Status(**{**fields, **changed}))

    def close(self) -> None:
        self.stop()
        self.door.stop()
        self.journal.close()
        assert self.faults == []


def answered(number: int) -> Answered:
    """Return an answer of ``door`` to a command."""
    return Answered(f"command-{number}", Outcome.PERFORMED, "released")  # type: ignore[arg-type]


Wait = Callable[[object, str], None]
