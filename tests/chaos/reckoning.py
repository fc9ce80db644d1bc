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
from tests.brokers import until
from tests.chaos.town import Town

DECIDED = ("access_granted", "access_denied")
FORGED = ("journal_forked", "signature_refused")
"""Incidents that no fault may bring about: they say that somebody forges."""
_COLUMNS = "sequence, utc, monotonic, boot, trusted, kind, salt, body, chain"
_SAID = _COLUMNS.replace("utc", "coalesce(said, utc)")
"""What the unit's clock said, where the server knows better by now."""
_THEIRS = f"SELECT journal, {_SAID} FROM entries WHERE unit = :unit ORDER BY journal, sequence"
TELL_SECONDS = 60.0
"""For what a unit wrote after all was healed."""
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
        except (Damaged, LookupError, AssertionError, sqlite3.Error) as error:
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
    """Return what is wrong with one unit's record.

    A unit that was struck last may write on, that its disk is well again for one, while it is
    counted: what it had written when the counting began must be there, and nothing that it has not.
    """
    said = _said(town, name)
    with contextlib.closing(town.journal(name)) as journal:
        proven, mine = journal.verify(), journal.journal
    wrong = []
    if said is not None and (said[0] != mine or said[1] > proven):
        wrong.append(
            f"it said that it kept entry {said[1]} of {said[0]}; it has {proven} of {mine}"
        )
    until(lambda: town.confirmed(name) >= proven, f"{name} has told {proven} entries", TELL_SECONDS)
    kept = [tuple(row) for row in town.ask(_THEIRS, unit=name)]
    theirs = [_plain(row[1:]) for row in kept if row[0] == mine]
    wrong += [f"journal {row[0]} is none of its own" for row in kept if row[0] != mine][:1]
    if len(theirs) < proven:
        wrong.append(f"{proven} entries on the unit, {len(theirs)} in the database")
    written = _on_disk(town, name)
    disk = written[: max(proven, len(theirs))]
    if [row[0] for row in disk] != list(range(1, len(disk) + 1)):
        wrong.append("its own journal does not count from 1 without a gap")
    if first := next((a for a, b in zip(disk, theirs, strict=False) if a != b), None):
        wrong.append(f"entry {first[0]} is another in the database")
    if len(theirs) > len(written):
        wrong.append(f"{len(theirs)} entries in the database, {len(written)} on the unit")
    if theirs and theirs[0][0] != 1:
        wrong.append(f"the database begins at entry {theirs[0][0]}, not after {_first(name, mine)}")
    aged = {row[0] for row in disk if row[1] < time.time() * 1000 - AGED_MS}
    decided = [row[0] for row in disk if row[5] in DECIDED]
    query = "SELECT sequence FROM passages WHERE journal = :journal ORDER BY sequence"
    passages = [row[0] for row in town.ask(query, journal=mine) if row[0] <= len(disk)]
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


def _said(town: Town, name: str) -> tuple[str, int] | None:
    """What a light unit has said that it kept, maybe in a process that was killed since."""
    return next((each.kept[name] for each in town.lights if name in each.kept), None)


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
