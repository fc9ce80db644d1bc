"""Many units in one process, as light as they can be while their journals and links are real.

    python -m tests.chaos.light_units FOLDER UNIT=PORT ...

Each is the product's journal, clock, policy store, rule and the whole of ``link``, on threads
instead of processes. It has no lock, reader or line: a badge is a word here. On stdin come
``rest`` (nobody badges any more) and ``clock UNIT SECONDS`` (the wall clock is that far off); its
end ends all in order. On stdout goes ``kept UNIT JOURNAL LAST`` after commits.
"""

from __future__ import annotations

import contextlib
import json
import queue
import random
import secrets
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from loquet_contract.access.credential import digests, from_uid
from loquet_contract.access.decision import AccessRequest, Denied, decide
from loquet_contract.access.presence import NOBODY
from loquet_contract.ids import AccessPointId, BootId, DoorId, GrantId, JournalId
from loquet_contract.wire.clock import ClockSource
from loquet_contract.wire.events import AccessDenied, AccessGranted, Event, UnitStarted
from loquet_edge import seam
from loquet_edge.clock import UnitClock
from loquet_edge.identity import UnitIdentity
from loquet_edge.inbox import LinkJoined, LinkSaid
from loquet_edge.journal import Journal
from loquet_edge.link.app import Link
from loquet_edge.link.places import Places
from loquet_edge.link_port import LinkPort
from loquet_edge.policy_store import StoredPolicy

EVERY_SECONDS = 4.0
"""Between two badges at one unit, on average."""
TELL_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Kept:
    """The journal has entries up to ``last``."""

    journal: JournalId
    last: int


_saying = threading.Lock()


def say(line: str) -> None:
    """Print a line whole, whoever else prints."""
    with _saying:
        sys.stdout.write(f"{line}\n")
        sys.stdout.flush()


Item = LinkSaid | LinkJoined | Kept | None


@dataclass
class LightUnit:
    """One unit: a thread that decides, and one that is its link."""

    name: str
    folder: Path
    port: int
    numbers: list[str]
    ahead: float = 0.0
    """Seconds by which the wall clock is off."""
    resting: bool = False
    inbox: queue.SimpleQueue[Item] = field(default_factory=queue.SimpleQueue)
    ending: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self.identity = UnitIdentity.load(self.folder / "identity.json")
        self.boot = BootId(secrets.token_hex(16))
        self.clock = UnitClock(
            lambda: ClockSource.CONFIGURED, 0.0, wall=lambda: time.time() + self.ahead
        )
        who = self.identity.identity
        self.journal = Journal(
            self.folder / "data" / "journal.db", who.site, who.unit, self.boot,
            self.clock.stamp, self.identity.verifier, self._kept,
        )  # fmt: skip
        self.line = LinkPort(self.folder / "door.sock", self.inbox.put)
        self.threads = [threading.Thread(target=each) for each in (self._decide, self._be_link)]

    def start(self) -> None:
        self.journal.start()
        self.line.start()
        self.journal.append(UnitStarted("light", self.boot, "", {}))
        for each in self.threads:
            each.start()

    def end(self) -> None:
        """Let nobody in any more, and write what waits."""
        self.ending.set()
        self.inbox.put(None)
        for each in self.threads:
            each.join(20)
        self.journal.close()
        self.line.close()

    def _kept(self, journal: JournalId, last: int) -> None:
        self.inbox.put(Kept(journal, last))

    # ---- the door's side --------------------------------------------------------------------

    def _decide(self) -> None:
        draw = random.Random()
        self.policy = StoredPolicy(self.folder / "data" / "policy.db")
        due = time.monotonic() + draw.random() * EVERY_SECONDS
        tell = 0.0
        while not self.ending.is_set():
            with contextlib.suppress(queue.Empty):
                self._take(self.inbox.get(timeout=max(0.0, due - time.monotonic())))
                continue
            now = time.monotonic()
            due = now + EVERY_SECONDS * (0.5 + draw.random())
            for changed in self.clock.check():
                self.journal.append(changed)
            if not self.resting:
                self.journal.append(self._badge(draw.choice(self.numbers)))
            if now >= tell:
                tell = now + TELL_SECONDS
                self._say()
        self.policy.close()

    def _take(self, item: Item) -> None:
        if isinstance(item, Kept):
            say(f"kept {self.name} {item.journal} {item.last}")
            self.line.send(seam.Appended(item.journal, item.last))
        elif isinstance(item, LinkJoined):
            item.taken()
            self._say()
        elif isinstance(item, LinkSaid):
            item.taken()
            said = item.message
            if isinstance(said, seam.Acknowledged):
                self.journal.acknowledge(said.document)
            elif isinstance(said, seam.PolicyChanged):
                self.policy.refresh()
            elif isinstance(said, seam.Moved):
                self.line.send(seam.Took(None))

    def _badge(self, number: str) -> Event:
        """Decide as a unit decides; return the fact."""
        door, point = DoorId(f"{self.name}-door"), AccessPointId(f"{self.name}-door-in")
        asked = AccessRequest(
            point, digests((self.identity.pepper,), (from_uid(bytes.fromhex(number)),))
        )
        answer = decide(asked, self.policy, NOBODY, self.clock.now())
        version = self.policy.version
        if isinstance(answer, Denied):
            return AccessDenied(
                door, point, answer.reason, version, answer.holder, answer.digest, answer.when
            )
        return AccessGranted(
            door, point, GrantId(secrets.token_hex(8)), answer.holder, answer.digest, answer.rule,
            version or 0,
        )  # fmt: skip

    def _say(self) -> None:
        journal = self.journal
        if journal.journal is None:
            return
        stamp = self.clock.stamp()
        self.line.send(
            seam.Status(
                self.boot, stamp.utc, stamp.trusted, "challenge", journal.journal, journal.last,
                journal.backlog, self.policy.version, self.policy.digest,
            )
        )  # fmt: skip

    # ---- the link's side --------------------------------------------------------------------

    def _be_link(self) -> None:
        places = Places(
            self.folder / "door.sock", self.folder / "data" / "journal.db",
            self.folder / "data" / "policy.db", ("127.0.0.1", self.port),
        )  # fmt: skip
        link = Link(places, self.identity)
        while not self.ending.is_set():
            link.turn(0.5)
        link.close()


def main(folder: str, *units: str) -> None:
    """Be all of them until stdin ends."""
    home = Path(folder)
    numbers: Any = json.loads((home / "numbers.json").read_text("utf-8"))
    known = {}
    for each in units:
        name, _, port = each.partition("=")
        known[name] = LightUnit(name, home / name, int(port), numbers)
        known[name].start()
    say("ready")
    for text in sys.stdin:
        word, *rest = text.split()
        if word == "rest":
            for unit in known.values():
                unit.resting = True
        elif word == "clock":
            known[rest[0]].ahead = float(rest[1])
    for unit in known.values():
        unit.end()


if __name__ == "__main__":
    main(*sys.argv[1:])
