"""The deciding loop with parts made by hand, and a time that only the test moves."""

import queue
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from loquet_contract.access.credential import from_uid
from loquet_contract.access.policy import (
    InMemoryPolicy,
    PolicyTerms,
    Record,
)
from loquet_contract.ids import BootId, CommandId, JournalId, ReaderId
from loquet_contract.wire.clock import ClockSource
from loquet_contract.wire.codec import encode
from loquet_contract.wire.commands import Command, What
from loquet_contract.wire.events import Event
from loquet_contract.wire.signing import Purpose, Verifier
from loquet_edge.clock import UnitClock
from loquet_edge.config import DoorUnitConfig
from loquet_edge.config import FailMode as Fail
from loquet_edge.config_wires import InputConfig, OutputConfig
from loquet_edge.desks import DeskHall
from loquet_edge.doorway import Doorway
from loquet_edge.drivers.ports import CardSeen, OutputLine
from loquet_edge.guard_ear import GuardEar
from loquet_edge.inbox import GuardSaid, Item, LinkSaid
from loquet_edge.indicators import Faces, Indicators
from loquet_edge.lockguard.leases import Tell, Told
from loquet_edge.mapped_sensors import MappedSensors
from loquet_edge.moving import MovingFacts
from loquet_edge.orders import Orders
from loquet_edge.runner import Parts, ReaderPlace, Runner
from loquet_edge.schedules import Schedules
from loquet_edge.seam import Commanded, ToLink
from loquet_edge.server_words import ServerWords
from loquet_edge.wishes import Wishes
from tests.edge.unit.a_book import Book
from tests.edge.unit.a_unit import (
    DOOR,
    PEPPER,
    POINT,
    SITE,
    UNIT,
    Server,
    records,
)

READER, OTHER = ReaderId("r"), ReaderId("r2")


class Diary:
    """Everything that the loop did, in order; and a journal and locks that write into it."""

    def __init__(self) -> None:
        self.done: list[str] = []
        self.facts: list[Any] = []
        self.present = True
        self.exit_words: list[int] = []
        """Of its exit, those that each LOCK had heard."""
        self.journal = JournalId("j1")
        self.last = self.backlog = 0

    def append(self, event: Event) -> None:
        self.done.append(event.kind)
        self.facts.append(event)

    def acknowledge(self, document: str) -> None:
        self.done.append("acknowledged")

    def release(self, door: int, seconds: float) -> bool:
        self.done.append(f"LOCK release {seconds:.0f}")
        return self.present

    def hold(self, door: int) -> bool:
        self.done.append("LOCK hold")
        return self.present

    def lock(self, door: int, exit_words: int) -> bool:
        self.done.append("LOCK lock")
        self.exit_words.append(exit_words)
        return self.present

    def take(self) -> list[str]:
        done, self.done = self.done, []
        return done


class Lamp:
    """An output that remembers."""

    name = "lamp"
    active = False

    def drive(self, active: bool) -> None:
        self.active = active

    def close(self) -> None:
        return


class Shelf(InMemoryPolicy):
    """A policy in memory that has a version."""

    version = 1
    digest = "d1"

    def refresh(self) -> None:
        return


class Scene:
    """A loop with one door, and a time that only the test moves."""

    def __init__(
        self,
        *,
        trusted: bool = True,
        contact: InputConfig | None = None,
        more: Iterable[Record] = (),
        places: dict[ReaderId, ReaderPlace] | None = None,
        exit: str = "button",
    ) -> None:
        self.diary, self.time = Diary(), 1000.0
        self.clock = UnitClock(
            lambda: ClockSource.NETWORK if trusted else None, 0.0, lambda: 1e9 + self.time,
            lambda: self.time,
        )  # fmt: skip
        self.denied: OutputLine = Lamp()
        self.granted: OutputLine = Lamp()
        config = DoorUnitConfig(
            DOOR, "strike", Fail.SECURE, OutputConfig("lock", 17, True), True, exit, contact,
            None, 5.0, 15.0, 30.0, 20.0, 30.0, 60.0, None, None, None,
        )  # fmt: skip
        doorways = {
            DOOR: Doorway(config, 0, self.diary, Faces(Indicators(self.granted, self.denied, None)))
        }
        self.server = Server()
        verifier, notes = Verifier(self.server.key.public), dict[str, str]()
        self.orders = Orders(verifier, SITE, UNIT, BootId("b"), self.time)
        store = _Store(notes)
        self.sent: list[ToLink] = []
        self.stopped: list[str] = []
        self.alive = 0
        words = ServerWords(
            self.orders, Schedules(), BootId("b"), store, self.sent.append, self.stopped.append,
            self.time,
        )  # fmt: skip
        self.book = Book()
        self.moving = MovingFacts(verifier, SITE, self.book, "here", self.time)
        self.policy = Shelf.of(PolicyTerms(1, 0, 2_000_000_000, 2_000_000_000), [*records(), *more])
        self.parts = Parts(
            self.clock, self.diary, self.policy,  # type: ignore[arg-type]
            Wishes(verifier, SITE, UNIT, store), self.moving, doorways, DeskHall(()),
            MappedSensors(verifier, SITE, UNIT),
            GuardEar(doorways, (DOOR,), (DOOR,), lambda door: False, self.time), words,
            places or {each: ReaderPlace(DOOR, POINT) for each in (READER, OTHER)}, (PEPPER,),
            lambda number: "sealed", alive=self._count,
        )  # fmt: skip
        self.inbox: queue.SimpleQueue[Item] = queue.SimpleQueue()
        self.runner = Runner(self.parts, self.inbox)

    def _count(self) -> None:
        self.alive += 1

    def do(self, *items: Item) -> list[str]:
        """Let the loop take items one by one; return what it did."""
        for item in items:
            self.inbox.put(item)
            self.runner.turn(0.0)
        return self.diary.take()

    def wait(self, seconds: float) -> list[str]:
        self.time += seconds
        self.runner.turn(0.0)
        return self.diary.take()

    def command(self, name: str, what: What = What.RELEASE, **changes: Any) -> LinkSaid:
        order = Command(
            SITE, UNIT, CommandId(name), what, "odile", "delivery", BootId("b"),
            self.orders.challenge, DOOR, **changes,
        )  # fmt: skip
        return LinkSaid(Commanded(self.server.signer.sign(Purpose.COMMAND, encode(order))))

    def last(self, kind: str) -> Any:
        """The latest fact of a kind."""
        return [each for each in self.diary.facts if each.kind == kind][-1]

    def start(self) -> "Scene":
        self.do(GuardSaid(Tell(Told.STARTED, 0, True)))
        return self


class _Store:
    def __init__(self, notes: dict[str, str]) -> None:
        self._notes = notes

    def get(self, name: str) -> str | None:
        return self._notes.get(name)

    def put(self, name: str, value: str) -> None:
        self._notes[name] = value


def card(uid: str, **changes: Any) -> CardSeen:
    number = bytes.fromhex(uid)
    # What no UID is, a reader gives no credential for.
    presented = (from_uid(number),) if len(number) in (4, 7, 10) else ()
    return replace(CardSeen(READER, presented, "uid", 0.0), **changes)
