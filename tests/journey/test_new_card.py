"""A unit gets a new SD card: its numbers begin again, and collide with nothing."""

from __future__ import annotations

from tests.brokers import until
from tests.journey.stack import CAMILLE, Stack

KEPT = "SELECT journal, sequence, chain FROM entries WHERE unit = 'atelier' ORDER BY 1, 2"


def test_a_replaced_journal_loses_and_overwrites_nothing_and_raises_an_incident(
    stack: Stack,
) -> None:
    unit, before = stack.atelier, stack.incidents("journal_replaced", stack.atelier)
    unit.badge("atelier-in", CAMILLE.uid)
    stack.stop_unit(unit)
    with unit.journal() as journal:
        old, written = journal.journal, journal.last
    for suffix in ("", "-wal", "-shm"):
        unit.journal_file.with_name(f"journal.db{suffix}").unlink(missing_ok=True)
    stack.start_unit(unit)
    stack.wait_online()
    kept = [tuple(row) for row in stack.rows(KEPT)]
    with unit.journal() as journal:
        new = journal.journal
    assert new != old
    assert unit.entries()[0].sequence == 1
    told = [sequence for name, sequence, _ in kept if name == old]
    assert told == list(range(1, len(told) + 1))
    assert written - len(told) <= 1, "what the server had not confirmed went with the card"

    unit.badge("atelier-in", CAMILLE.uid)
    until(lambda: stack.is_told(unit), "the new journal is told")
    now = [tuple(row) for row in stack.rows(KEPT)]
    assert [row for row in now if row[0] == old] == [row for row in kept if row[0] == old]
    mine = [(new, entry.sequence) for entry in unit.entries()]
    assert [row[:2] for row in now if row[0] == new] == mine
    until(lambda: stack.incidents("journal_replaced", unit) == before + 1, "an incident is raised")
