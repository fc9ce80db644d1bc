"""Door, link, broker and server die in turn while people badge: nothing is lost or doubled."""

from __future__ import annotations

import contextlib
import sqlite3
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from loquet_contract.ids import JournalId, UnitId
from loquet_contract.wire.envelope import chain_of, first_chain
from loquet_edge.simulation.control import BoardGone, BoardRefusal
from tests.brokers import until
from tests.journey.stack import CAMILLE, LATE, PATIENCE, YANIS, Stack
from tests.journey.stack_unit import StackUnit

ROUNDS = 12
"""How often people badge at both units after each death."""
PAUSE_SECONDS = 0.33
READERS = {"entree": "entree-in", "atelier": "atelier-in"}
VICTIMS = ("entree/door", "atelier/link", "broker", "server")
HARMLESS = {"lock_fault", "journal_gap", "command_refused", "notices_failed"}
"""A gap is noticed and closed by sending again; a lock fault is told while a guard is away. A NATS
server that is killed brings back retained messages that were cleared: a forged command that
another test had left there is refused once more. No mail leaves this house: a notice of what is
urgent (a unit that is away for long) does not get through."""
COLUMNS = "sequence, utc, monotonic, boot, trusted, kind, salt, body, chain"


class People:
    """Show badges at both units, about three a second, until told to stop."""

    def __init__(self, stack: Stack) -> None:
        self._stack, self._stop = stack, threading.Event()
        self._thread = threading.Thread(target=self._badge)
        self.taps = 0

    def __enter__(self) -> People:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def go_on(self) -> None:
        """Wait for the next rounds."""
        enough = self.taps + ROUNDS
        until(lambda: self.taps >= enough, f"{ROUNDS} more rounds of taps")

    def _badge(self) -> None:
        uids = (CAMILLE.uid, LATE.uid, YANIS.uid)
        while not self._stop.wait(PAUSE_SECONDS):
            for name, reader in READERS.items():
                with (
                    contextlib.suppress(BoardGone, BoardRefusal, OSError),
                    self._stack.units[name].board() as board,
                ):
                    board.tap(reader, uids[self.taps % 3], 0.1)
            self.taps += 1


Row = tuple[object, ...]


def in_the_database(stack: Stack, unit: StackUnit, journal: str) -> list[Row]:
    query = f"SELECT {COLUMNS} FROM entries WHERE unit = ? AND journal = ? ORDER BY sequence"
    return [tuple(row) for row in stack.rows(query, unit.name, journal)]


def on_the_unit(unit: StackUnit) -> list[Row]:
    """The journal's rows as the unit's own disk has them; its chain is whole."""
    query = f"SELECT {COLUMNS} FROM entries ORDER BY sequence"
    path = f"file:{unit.journal_file}?mode=ro"
    with contextlib.closing(sqlite3.connect(path, uri=True)) as disk:
        rows: list[Row] = disk.execute(query).fetchall()
    with unit.journal() as journal:
        assert journal.verify() >= len(rows)
    return rows


def as_kept(mine: list[Row], theirs: list[Row]) -> list[Row]:
    """The unit's rows without the bodies of people who were erased since; digests stay."""
    found = list(mine)
    for at, (row, kept) in enumerate(zip(mine, theirs, strict=False)):
        if kept[6:8] == ("", "{}"):
            found[at] = (*row[:6], "", "{}", *row[8:])
    return found


def journal_of(unit: StackUnit) -> JournalId:
    with unit.journal() as journal:
        return journal.journal


@dataclass(frozen=True)
class Survived:
    """A stack through which death has gone since ``began`` (UTC milliseconds), at rest again."""

    stack: Stack
    began: int


@pytest.fixture(scope="module")
def survived(stack: Stack) -> Iterator[Survived]:
    began = int(time.time() * 1000)
    before = {unit.name: len(unit.decisions()) for unit in stack.units.values()}
    with People(stack) as people:
        for victim in VICTIMS:
            stack.kill(victim)
            people.go_on()
            if victim == "server":
                stack.start_server()
                people.go_on()
    stack.wait_online()
    decided = sum(len(unit.decisions()) - before[unit.name] for unit in stack.units.values())
    print(f"{people.taps} rounds of taps, {decided} decisions journalled")
    assert decided > people.taps
    yield Survived(stack, began)


@pytest.mark.parametrize("name", ["entree", "atelier"])
def test_every_entry_of_the_unit_is_in_the_database_exactly_once(
    survived: Survived, name: str
) -> None:
    unit = survived.stack.units[name]
    until(lambda: survived.stack.is_told(unit), f"{name} has told all")
    mine = on_the_unit(unit)
    theirs = in_the_database(survived.stack, unit, journal_of(unit))
    assert theirs[: len(mine)] == as_kept(mine, theirs)
    assert as_kept(on_the_unit(unit), theirs)[: len(theirs)] == theirs
    assert [row[0] for row in theirs] == list(range(1, len(theirs) + 1))


@pytest.mark.parametrize("name", ["entree", "atelier"])
def test_the_chain_in_the_database_verifies_from_the_first_entry(
    survived: Survived, name: str
) -> None:
    unit = survived.stack.units[name]
    with unit.journal() as journal:
        entries, chain = journal.after(0, 2**40), first_chain(UnitId(name), journal.journal)
    until(lambda: survived.stack.is_told(unit), f"{name} has told all")
    kept = [row[-1] for row in in_the_database(survived.stack, unit, journal_of(unit))]
    for entry, theirs in zip(entries, kept, strict=False):
        chain = chain_of(chain, entry)
        assert theirs == chain
    assert len(kept) >= len(entries)


@pytest.mark.parametrize("name", ["entree", "atelier"])
def test_every_decision_became_exactly_one_passage(survived: Survived, name: str) -> None:
    unit = survived.stack.units[name]
    decided = [each.sequence for each in unit.decisions()]
    query = "SELECT sequence FROM passages WHERE unit = ? AND journal = ? ORDER BY sequence"
    until(lambda: survived.stack.is_told(unit), f"{name} has told all")
    passages = [row[0] for row in survived.stack.rows(query, name, journal_of(unit))]
    assert passages == decided


def test_only_harmless_incidents_were_raised(survived: Survived) -> None:
    query = "SELECT kind, detail, unit, last_at FROM incidents WHERE last_at >= ?"
    raised = [tuple(row) for row in survived.stack.rows(query, survived.began)]
    assert [each for each in raised if each[0] not in HARMLESS] == []
    letters = "SELECT problem FROM dead_letters WHERE received_at >= ?"
    assert survived.stack.rows(letters, survived.began) == []


def test_no_alarm_outlasts_the_start_of_its_unit(survived: Survived) -> None:
    query = (
        "SELECT kind, subject FROM incidents WHERE last_at >= ? AND ended_at IS NULL"
        " AND kind IN ('lock_fault', 'reader_lost', 'exit_stuck')"
    )
    until(
        lambda: survived.stack.rows(query, survived.began) == [],
        "the alarms of units that started again are ended",
    )


def test_the_unit_says_which_of_its_processes_was_started_again(survived: Survived) -> None:
    for victim in VICTIMS[:2]:
        name, _, process = victim.partition("/")
        said = [each.body for each in survived.stack.units[name].entries("process_restarted")]
        assert {"process": process, "detail": "killed by SIGKILL"} in said


def test_people_went_on_being_let_in_without_a_server(survived: Survived) -> None:
    """The decisions of the time without a server are there, with the times when they fell."""
    query = "SELECT count(*) FROM entries WHERE kind = 'access_granted' AND received_at - utc > ?"
    assert survived.stack.rows(query, 2000)[0][0] > 0
    assert survived.stack.api.get("/healthz", timeout=PATIENCE).status_code == 200
