"""When all is healed: is every tap that a unit took in the database, once, in order?"""

from __future__ import annotations

import contextlib
import sqlite3
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from loquet_contract.ids import JournalId, UnitId
from loquet_contract.wire.envelope import first_chain
from loquet_edge.journal_file import Damaged
from tests.chaos.town import Town

DECIDED = ("access_granted", "access_denied")
FORGED = ("journal_forked", "signature_refused")
"""Incidents that no fault may bring about: they say that somebody forges."""
_COLUMNS = "sequence, utc, monotonic, boot, trusted, kind, salt, body, chain"
_SAID = _COLUMNS.replace("utc", "coalesce(said, utc)")
"""What the unit's clock said, where the server knows better by now."""
_THEIRS = f"SELECT journal, {_SAID} FROM entries WHERE unit = :unit ORDER BY journal, sequence"
AGED_MS = 30 * 86_400_000
"""A passage that claims to be older has had its time: a clock ten years back was believed for a
moment. Whoever purges a passage leaves the entry that it was made of."""


@dataclass
class Account:
    """What was found; ``wrong`` is empty if nothing was lost, doubled or out of order."""

    entries: int = 0
    taps: int = 0
    kinds: Counter[str] = field(default_factory=Counter)
    incidents: Counter[str] = field(default_factory=Counter)
    gaps: int = 0
    """Batches that came before those in front of them, which were sent again."""
    aged: int = 0
    """Decisions that claim to be older than a passage may become."""
    said: str = ""
    wrong: list[str] = field(default_factory=list)


def reckon(town: Town) -> Account:
    """Compare every unit's disk with the database, row by row and column by column."""
    found = Account()
    for name in town.numbers:
        try:
            found.wrong += [f"{name}: {each}" for each in _unit(town, name, found)]
        except (Damaged, LookupError, sqlite3.Error) as error:
            found.wrong.append(f"{name}: {error}")
    letters = [letter for (letter,) in town.ask("SELECT problem FROM dead_letters")]
    found.gaps = sum(each.startswith("journal_gap") for each in letters)
    found.wrong += [f"a message was not believed: {e}" for e in letters if "journal_gap" not in e]
    for kind, count in town.ask("SELECT kind, sum(count) FROM incidents GROUP BY kind"):
        found.incidents[kind] = int(count)
    found.wrong += [f"{kind} was raised" for kind in FORGED if found.incidents[kind]]
    proof = town.run("verify")
    found.said = f"{len(proof.stdout.splitlines())} journals proven by loquet-server verify"
    if proof.returncode:
        found.wrong.append(f"loquet-server verify: {proof.stdout}{proof.stderr}")
    return found


def _unit(town: Town, name: str, found: Account) -> list[str]:
    """Return what is wrong with one unit's record."""
    with contextlib.closing(town.journal(name)) as journal:
        proven, mine = journal.verify(), journal.journal
    wrong = _told(town, name, mine, proven)
    disk = _on_disk(town, name)
    kept = [tuple(row) for row in town.ask(_THEIRS, unit=name)]
    theirs = [_plain(row[1:]) for row in kept if row[0] == mine]
    wrong += [f"journal {row[0]} is none of its own" for row in kept if row[0] != mine][:1]
    if [row[0] for row in disk] != list(range(1, proven + 1)):
        wrong.append("its own journal does not count from 1 without a gap")
    if first := next((a for a, b in zip(disk, theirs, strict=False) if a != b), None):
        wrong.append(f"entry {first[0]} is another in the database")
    if len(disk) != len(theirs):
        wrong.append(f"{len(disk)} entries on the unit, {len(theirs)} in the database")
    if theirs and theirs[0][0] != 1:
        wrong.append(f"the database begins at entry {theirs[0][0]}, not after {_first(name, mine)}")
    aged = {row[0] for row in disk if row[1] < time.time() * 1000 - AGED_MS}
    decided = [row[0] for row in disk if row[5] in DECIDED]
    query = "SELECT sequence FROM passages WHERE journal = :journal ORDER BY sequence"
    passages = [row[0] for row in town.ask(query, journal=mine)]
    odd = Counter(each for each in decided if each not in aged)
    odd.subtract(each for each in passages if each not in aged)
    if any(odd.values()):
        wrong.append(f"its decisions are not each one passage: {_shown(odd, disk)}")
    found.aged += len(aged.intersection(decided))
    found.entries += len(disk)
    found.taps += len(decided)
    found.kinds.update(str(row[5]) for row in disk)
    return wrong


def _shown(odd: Counter[int], disk: list[tuple[Any, ...]]) -> str:
    """Say of the first few how often they lack, and what the unit wrote of each."""
    rows = {row[0]: row[1:6] for row in disk}
    return ", ".join(f"{n} ({count:+}) {rows.get(n)}" for n, count in odd.items() if count)[:600]


def _told(town: Town, name: str, journal: JournalId, last: int) -> list[str]:
    """A light unit has said what it kept, in a process that was killed since."""
    said = next((each.kept[name] for each in town.lights if name in each.kept), None)
    if said is not None and said != (journal, last):
        return [f"it said that it kept entry {said[1]} of {said[0]}; it has {last} of {journal}"]
    return []


def _on_disk(town: Town, name: str) -> list[tuple[Any, ...]]:
    path = town.folder_of(name) / "data" / "journal.db"
    with contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as disk:
        rows = disk.execute(f"SELECT {_COLUMNS} FROM entries ORDER BY sequence").fetchall()
    return [_plain(row) for row in rows]


def _plain(row: tuple[Any, ...]) -> tuple[Any, ...]:
    """Return a row as both databases say it: one of them has no truth but 0 and 1."""
    return (*row[:4], bool(row[4]), *row[5:])


def _first(name: str, journal: JournalId) -> str:
    return first_chain(UnitId(name), journal)[:8]
