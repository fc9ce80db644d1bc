"""The documents' example is commissioned as on a wall: real drivers, in a process of its own."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable

from loquet_contract.wire.events_proof import Act
from loquet_edge.commissioning import record
from loquet_edge.commissioning.acts import plan
from loquet_edge.commissioning.texts import sentence
from tests.edge.rig.rig_unit import CONTACT, EXIT, FIRE, LOCK, READER, REARM, RigUnit, card
from tests.rig.rig import a_rig

QUESTION = "/"
"""Between the number of an act and of all acts, at the start of a question's line."""


def acts_of(unit: RigUnit) -> dict[str, Callable[[], object]]:
    """What an installer does for each question that a wire answers; levels as they are wired."""
    put = unit.rig.control.set_input
    moves: dict[Act, Callable[[], object]] = {
        Act.LEAF_CLOSED: lambda: put(CONTACT, 0),
        Act.LEAF_OPENED: lambda: put(CONTACT, 1),
        Act.LEAF_CLOSED_AGAIN: lambda: put(CONTACT, 0),
        Act.EXIT_PRESSED: lambda: put(EXIT, 0),
        Act.EXIT_LET_GO: lambda: put(EXIT, 1),
        Act.FIRE_CUT: lambda: put(FIRE, 1),
        Act.FIRE_RESTORED: lambda: put(FIRE, 0),
        Act.REARMED: lambda: put(REARM, 0),
        Act.BADGE_HELD: lambda: unit.rig.control.present_card(READER, card(0)),
    }
    reader = unit.config.readers[0].id
    return {sentence(act, reader): move for act, move in moves.items()}


def follow(unit: RigUnit, process: subprocess.Popen[str]) -> list[str]:
    """Do and answer what the terminal asks for, until it ends; return all that it said."""
    assert process.stdin is not None
    assert process.stdout is not None
    moves, said = acts_of(unit), []
    for line in process.stdout:
        said.append(line.rstrip())
        number, _, question = said[-1].partition("  ")
        if QUESTION not in number:
            continue
        if question in moves:
            moves[question]()
        else:
            process.stdin.write("y\n")
            process.stdin.flush()
    return said


def test_the_example_is_commissioned_with_real_drivers_and_its_lock_is_settled() -> None:
    with a_rig(readers=(f"{READER}=0.0",)) as rig:
        unit = RigUnit(rig)
        (unit.config.data / record.FILE).unlink()
        assert record.settled(unit.config, record.load(unit.config.data))
        command = (sys.executable, "-m", "loquet_edge.cli", "commission", "--installer", "Paul",
                   "--config", str(unit.config.file))  # fmt: skip
        process = subprocess.Popen(
            command, env=rig.environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        with process:
            said = follow(unit, process)
        assert process.returncode == 0, "\n".join(said)
        asked = len(plan(unit.config, unit.config.doors[0]))
        assert f"{asked}/{asked}" in "\n".join(said)
        known = record.load(unit.config.data)
        assert record.settled(unit.config, known) == []
        # For the proof the lock was driven, twice, and it was left at rest.
        levels = rig.output_levels(LOCK)
        assert levels.count(1) == 2, levels
        assert levels[-1] == 0
