"""A unit whose card rots: bits flip, files end early; then it starts, and four people badge.

    python -m tests.chaos.rot FLIPS CUTS

It is the whole of ``door`` but its process: ``DoorApp`` with its journal, stores and loop, on a
simulated board, on a copy of the same files with one thing wrong in them; and what ``link`` makes
of its policy when it starts. Whatever has rotted: the door starts and decides within two seconds,
nobody is let in whom the whole policy refuses, no lockdown is forgotten, and a policy is all
there or passed over.
"""

from __future__ import annotations

import contextlib
import gc
import json
import logging
import random
import shutil
import sqlite3
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from loquet_contract.access.credential import digest, from_uid
from loquet_contract.access.policy import CredentialRecord, HolderRecord, Record, RuleRecord
from loquet_contract.ids import BootId, HolderId, RuleId
from loquet_contract.wire.envelope import Entry
from loquet_contract.wire.signing import Verifier
from loquet_edge.app import DoorApp
from loquet_edge.clock import Stamp
from loquet_edge.config import UnitConfig, load
from loquet_edge.drivers.catalogue import open_lines
from loquet_edge.drivers.ports import CardSeen
from loquet_edge.identity import UnitIdentity
from loquet_edge.inbox import Stop
from loquet_edge.journal_file import Damaged, Fact, JournalReader, open_file
from loquet_edge.moving import MovingFacts
from loquet_edge.moving_store import MovingStore
from loquet_edge.notify import Notifier
from loquet_edge.policy_writer import PolicyWriter
from loquet_edge.state_store import StateStore
from loquet_edge.wishes import Wishes
from tests.edge.unit.a_moving import whole
from tests.edge.unit.a_unit import PEPPER, SITE, UNIT, Server, a_unit, records
from tests.edge.unit.a_unit import Unit as WholeUnit

START_SECONDS = 2.0
SWEPT_EVERY = 50
"""Starts after which what they left behind is swept up: each start sweeps, once for a process."""
HOLDERS, CONFIRMED, UNCONFIRMED = 200, 150, 150
MEMBER, SUSPENDED, EXPIRED, NO_RIGHT, STRANGER = (f"04a1b2c3d4e5{each:02x}" for each in range(5))
REFUSED = (SUSPENDED, EXPIRED, NO_RIGHT, STRANGER)
FILES = ("policy.db", "journal.db", "moving.db", "door.db", "desired.db", "identity.json")
LOCKED, FREE = "locked", "free"


def somebody(uid: str, **changed: object) -> list[Record]:
    """One holder and the badge."""
    holder = HolderId(f"holder-{uid}")
    key = digest(PEPPER, from_uid(bytes.fromhex(uid)))
    return [
        replace(HolderRecord(holder, (RuleId("all"),)), **changed),  # type: ignore[arg-type]
        CredentialRecord(key, holder),
    ]


def policy() -> list[Record]:
    """Everybody may come but three; and a rule that nobody has."""
    long_ago = int(time.time()) - 1000
    found = [
        *records(),
        *somebody(MEMBER),
        *somebody(SUSPENDED, suspended=True),
        *somebody(EXPIRED, valid_until=long_ago),
        *somebody(NO_RIGHT, rules=()),
    ]
    rule = next(each for each in found if isinstance(each, RuleRecord))
    found.append(replace(rule, rule=RuleId("nobody")))
    for number in range(HOLDERS):
        found += somebody(f"04{number:012x}")
    return sorted({each.key: each for each in found}.values(), key=lambda each: each.key)


class Card:
    """The files of a unit that has worked for a while: with and without a lockdown."""

    def __init__(self, unit: WholeUnit, folder: Path) -> None:
        self._unit, self._folder = unit, folder
        self.config: UnitConfig = load(unit.file)
        shutil.rmtree(self.config.data)
        self.config.data.mkdir()
        unit.give_policy(policy())
        self._furnish()
        self._state(None)
        self._keep(FREE)
        self._state("l1")
        self._keep(LOCKED)

    def _furnish(self) -> None:
        data, server = self.config.data, self._unit.server
        file = open_file(data / "journal.db", UNIT)
        boot = BootId("0" * 32)
        facts = [
            Fact(Stamp(1_790_000_000_000 + at, at, True), boot, "door_closed", '{"door":"front"}')
            for at in range(CONFIRMED + UNCONFIRMED)
        ]
        file.append(facts[:CONFIRMED])
        file.acknowledge(CONFIRMED, file.chain, 1_790_000_000_000)
        file.append(facts[CONFIRMED:])
        file.close()
        with contextlib.closing(MovingStore(data / "moving.db")) as store:
            found = MovingFacts(server_verifier(self._unit.server), SITE, store, "here")
            balances = {f"balance/a{each}": [each, None] for each in range(100)}
            found.take(whole(server.signer, 1, balances)[0], 0.0)

    def _state(self, lockdown: str | None) -> None:
        store, spare = (StateStore(self.config.data / each) for each in ("door.db", "desired.db"))
        wishes = Wishes(server_verifier(self._unit.server), SITE, UNIT, store, spare)
        wishes.take(self._unit.server.desired(2 if lockdown else 1, lockdown))
        store.put("floor", str(int(time.time())))
        store.close()
        spare.close()

    def _keep(self, name: str) -> None:
        kept = self._folder / name
        shutil.copytree(self.config.data, kept)
        shutil.copy(self.config.identity, kept)

    def lay(self, name: str) -> None:
        """Put the files of one of both into the unit."""
        shutil.rmtree(self.config.data)
        shutil.copytree(self._folder / name, self.config.data)
        (self.config.data / "identity.json").replace(self.config.identity)

    def file(self, name: str) -> Path:
        return self.config.identity if name == "identity.json" else self.config.data / name


def server_verifier(server: Server) -> Verifier:
    return server.identity().verifier


@dataclass(frozen=True, slots=True)
class Seen:
    """What a start came to."""

    granted: tuple[str, ...]
    refused: int
    seconds: float
    saved: int
    """Entries of before that are still there."""
    broken: str
    """Where the journal's chain is broken."""


def start(config: UnitConfig) -> Seen:
    """Start ``door`` and have everybody badge; then look at its journal."""
    began = time.monotonic()
    app = DoorApp(config, open_lines(config), Notifier({}))
    app.start()
    took = time.monotonic() - began
    for uid in (MEMBER, *REFUSED):
        presented = (from_uid(bytes.fromhex(uid)),)
        app.inbox.put(CardSeen("front-in", presented, "uid", time.monotonic()))
    app.inbox.put(Stop("enough"))
    app.run()
    with contextlib.closing(JournalReader(config.data / "journal.db")) as journal:
        broken = ""
        try:
            journal.verify()
        except (Damaged, sqlite3.Error) as error:
            broken = str(error)
        entries = _readable(journal)
    return Seen(
        tuple(_of(entries, "access_granted")), len(_of(entries, "access_denied")), took,
        len(_of(entries, "door_closed")), broken,
    )  # fmt: skip


def _readable(journal: JournalReader) -> list[Entry]:
    """Return all entries, or those that the server does not hold."""
    try:
        return journal.after(0, 10**9)
    except sqlite3.Error:
        return journal.after(CONFIRMED, 10**9)


def _of(entries: list[Entry], kind: str) -> list[str]:
    return [str(each.body.get("holder")) for each in entries if each.kind == kind]


Damage = Callable[[Path], None]


def flip(draw: random.Random) -> Damage:
    """Turn one bit of a file over."""

    def do(path: Path) -> None:
        raw = bytearray(path.read_bytes())
        raw[draw.randrange(len(raw))] ^= 1 << draw.randrange(8)
        path.write_bytes(raw)

    return do


def cut(per_cent: int) -> Damage:
    """Leave so much of a file."""

    def do(path: Path) -> None:
        raw = path.read_bytes()
        path.write_bytes(raw[: len(raw) * per_cent // 100])

    return do


def damages(flips: int, cuts: int, draw: random.Random) -> Iterator[tuple[str, str, Damage]]:
    """Give state, file and damage: flips spread over the files, each file at so many lengths."""
    for number in range(flips):
        yield draw.choice((FREE, LOCKED)), FILES[number % len(FILES)], flip(draw)
    for name in FILES:
        for at in range(cuts):
            yield draw.choice((FREE, LOCKED)), name, cut(at * 100 // cuts)


class Trial:
    """All damages, one after another; ``wrong`` is what must not have happened."""

    def __init__(self, card: Card) -> None:
        self._card = card
        self.wrong: list[str] = []
        self.came = Counter[str]()
        self.longest = 0.0
        self.saved = 0

    def sound(self) -> None:
        """Without any damage: the member comes in, and nobody else; in a lockdown nobody."""
        for state, granted in ((FREE, (f"holder-{MEMBER}",)), (LOCKED, ())):
            self._card.lay(state)
            seen = start(self._card.config)
            assert seen.granted == granted, seen
            assert seen.refused == len(REFUSED) + (state == LOCKED), seen
            assert seen.saved == CONFIRMED + UNCONFIRMED

    def hurt(self, state: str, name: str, damage: Damage) -> None:
        card = self._card
        card.lay(state)
        damage(card.file(name))
        what = f"{name} ({state})"
        try:
            seen = start(card.config)
            self._link(card.config, what)
        except Exception as error:  # noqa: BLE001
            # Whatever it is: in a unit it would have ended a process.
            self.wrong.append(f"{what}: {type(error).__name__}: {error}")
            return
        allowed = () if state == LOCKED else (f"holder-{MEMBER}",)
        if not set(seen.granted) <= set(allowed):
            self.wrong.append(f"{what}: let in {seen.granted}")
        if seen.seconds > START_SECONDS:
            self.wrong.append(f"{what}: {seen.seconds:.1f} s to start")
        if seen.broken:
            self.came["an entry that the server holds has rotted"] += 1
            number = next((int(word) for word in seen.broken.split() if word.isdigit()), 0)
            if number > CONFIRMED + 1 or seen.saved < UNCONFIRMED:
                self.wrong.append(f"{what}: nobody noticed: {seen.broken}")
        self.longest = max(self.longest, seen.seconds)
        self.saved += seen.saved
        self.came["let in" if seen.granted else "refused all"] += 1

    def _link(self, config: UnitConfig, what: str) -> None:
        """Have ``link`` open the policy: the version that was there, or none."""
        with contextlib.suppress(LookupError, ValueError):
            verifier = UnitIdentity.load(config.identity).verifier
            with contextlib.closing(
                PolicyWriter(config.data / "policy.db", verifier, SITE, UNIT)
            ) as writer:
                if writer.version not in (1, None):
                    self.wrong.append(f"{what}: link holds version {writer.version}")
                self.came["link fetches the whole"] += writer.version is None or writer.rotten > 0


def main(flips: int, cuts: int) -> int:
    """Try all damages; print figures; return the exit status."""
    logging.disable(logging.CRITICAL)
    draw = random.Random(20_261_122)
    with a_unit() as unit, contextlib.ExitStack() as stack:
        folder = unit.file.parent / "kept"
        folder.mkdir()
        stack.callback(shutil.rmtree, folder)
        trial = Trial(Card(unit, folder))
        trial.sound()
        count = 0
        for count, damage in enumerate(damages(flips, cuts, draw), 1):
            trial.hurt(*damage)
            if count % SWEPT_EVERY == 0:
                gc.unfreeze()
    print(
        f"{flips} flipped bits and {count - flips} cut files: {json.dumps(trial.came)}; started"
        f" within {trial.longest * 1e3:.0f} ms; of {CONFIRMED + UNCONFIRMED} old entries"
        f" {trial.saved / max(1, count - len(trial.wrong)):.0f} are there on average"
    )
    for each in trial.wrong:
        print(f"WRONG: {each}")
    return 1 if trial.wrong else 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), int(sys.argv[2])))
