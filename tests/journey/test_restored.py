"""The server's machine burns: a backup on a fresh one, by one command, and the units go on.

Units come by TLS: authority, keys and who is shut out are in the backup, like all the rest.
"""

from __future__ import annotations

import shutil
import signal
import subprocess
from pathlib import Path

import pytest

from loquet_edge.enrolment import enrol
from loquet_server.demo import village
from tests.brokers import until
from tests.journey.guarded import GuardedStack
from tests.journey.stack import CAMILLE, LATE, YANIS, Stack, server_command
from tests.journey.stack_unit import StackUnit

PHRASE = "trois petits chats"
COMMAND_SECONDS = 180.0
OF_THE_UNITS = {"units", "boards"}
"""What in the folder of a stack stands on other machines than the server's."""


class ThreeUnits(GuardedStack):
    """A stack by TLS with a code for a third unit, which is never started."""

    third: StackUnit

    async def _seed(self) -> None:
        self.units["cave"] = StackUnit(self.data, "cave")
        await super()._seed()
        self.third = self.units.pop("cave")


@pytest.mark.timeout(600)
def test_units_go_on_with_a_server_that_was_restored_from_a_backup(tmp_path: Path) -> None:
    with ThreeUnits() as stack:
        phrase, backup = tmp_path / "phrase", tmp_path / "monday.backup"
        phrase.write_text(PHRASE)
        badge(stack, 2)
        stack.wait_online()
        shut_out(stack)
        words = (str(backup), "--passphrase-file", str(phrase))
        command(stack, "backup", *words)
        before = identities(stack)
        badge(stack, 3)
        stack.wait_online()  # all of it confirmed, by a server that is about to burn
        burn(stack)
        badge(stack, 2)
        said = command(stack, "restore", *words)
        assert "units send again what came after it" in said
        assert "Nobody here knows what was done since then" in said
        stack.start_server()
        assert is_refused(stack, stack.third), "whoever was shut out before the backup stays out"
        assert stack.get("restoration")["barred_again"] is False
        for unit in stack.units.values():
            until(lambda unit=unit: holds_all(stack, unit), f"{unit.name} has told all again")
        stack.wait_online()
        badge(stack, 1)
        stack.wait_online()
        assert identities(stack) == before, "nobody was enrolled again, nor has new certificates"
        for unit in stack.units.values():
            assert in_order_once(stack, unit)
            assert stack.incidents("journal_forked", unit) == 0
            assert stack.incidents("journal_lost", unit) == 0
        until(lambda: open_gaps(stack) == 0, "the gaps are filled, and closed by themselves")
        command(stack, "verify")


def command(stack: Stack, *words: str) -> str:
    """Run ``loquet-server`` to its good end; return what it says. A loaded machine takes long."""
    done = subprocess.run(
        [*server_command(), *words], env=stack.environment, capture_output=True, text=True,
        timeout=COMMAND_SECONDS,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


def badge(stack: Stack, rounds: int) -> None:
    """Have people badge at both units."""
    for at in range(rounds):
        for name, reader in (("entree", "entree-in"), ("atelier", "atelier-in")):
            stack.units[name].badge(reader, (CAMILLE.uid, LATE.uid, YANIS.uid)[at % 3])


def shut_out(stack: ThreeUnits) -> None:
    """Let the third unit in, and revoke it: it has all that a unit is given."""
    unit = stack.third
    unit.folder.mkdir(parents=True)
    unit.config.write_text(village.unit_toml(unit.name))
    enrol(stack.codes[unit.name], unit.config)
    assert not is_refused(stack, unit)
    command(stack, "revoke", unit.name, "--reason", "stolen")
    assert is_refused(stack, unit)


def is_refused(stack: Stack, unit: StackUnit) -> bool:
    """Whether the broker takes nobody in who has this unit's certificate and password."""
    with stack.broker_session(unit=unit) as session:
        return bool(session.refused)


def burn(stack: Stack) -> None:
    """Lose the server with its machine: database, keys, certificates, the broker's memory."""
    stack.stop_server(signal.SIGKILL)
    until(lambda: stack.pid("broker") is None, "the broker ends with its server")
    for each in stack.data.iterdir():
        if each.name in OF_THE_UNITS:
            continue
        shutil.rmtree(each) if each.is_dir() else each.unlink()


def identities(stack: Stack) -> dict[str, bytes]:
    """What units were given when they were enrolled."""
    return {
        f"{unit.name}/{name}": (unit.folder / name).read_bytes()
        for unit in stack.units.values()
        for name in ("identity.json", "tls.pem")
    }


def holds_all(stack: Stack, unit: StackUnit) -> bool:
    """Whether the server has every entry that the unit had when it was asked."""
    with unit.journal() as journal:
        last, name = journal.last, journal.journal
    (row,) = stack.rows("SELECT count(*) FROM entries WHERE journal = ?", name)
    return int(row[0]) >= last > 0


def in_order_once(stack: Stack, unit: StackUnit) -> bool:
    """Whether the server's entries are the unit's: each once, in order, with its chain."""
    with unit.journal() as journal:
        mine = [(each.sequence, each.kind, each.utc) for each in journal.after(0, 2**40)]
        name = journal.journal
    query = (
        "SELECT sequence, kind, coalesce(said, utc) AS at FROM entries WHERE journal = ?"
        " ORDER BY sequence"
    )
    theirs = [tuple(row) for row in stack.rows(query, name)]
    return theirs == mine[: len(theirs)] and len(theirs) > 10


def open_gaps(stack: Stack) -> int:
    """How many gaps the manager still sees."""
    query = "SELECT count(*) FROM incidents WHERE kind = 'journal_gap' AND ended_at IS NULL"
    return int(stack.rows(query)[0][0])
