"""Root looks at a unit, or takes a release for it: what lies in its folder stays its user's."""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from loquet_contract.ids import UnitId
from loquet_contract.wire.events_updates import SoftwareUpdated
from loquet_edge.commands.doctor import Wanted, doctor
from loquet_edge.journal_file import open_file
from loquet_edge.moving_store import MovingStore
from loquet_edge.state_store import StateStore
from loquet_edge.update import outcome
from tests.edge.unit.a_unit import UNIT_TOML

UNIT = UnitId("front")
SERVICE = 4321 if os.geteuid() == 0 else os.geteuid()
"""Whose the folder is: anybody but root, where a test may choose."""


@contextlib.contextmanager
def in_use(data: Path) -> Iterator[None]:
    """Have the databases there, and those open that the unit's processes hold open."""
    store = StateStore(data / "door.db")
    store.put("floor", "1")
    store.close()
    moving, journal = MovingStore(data / "moving.db"), open_file(data / "journal.db", UNIT)
    try:
        yield
    finally:
        moving.close()
        journal.close()


def given_to(user: int, folder: Path) -> None:
    for each in (folder, *folder.iterdir()):
        os.chown(each, user, -1)


@pytest.mark.parametrize("running", [False, True], ids=["switched off", "running"])
def test_what_root_opens_stays_the_service_users(tmp_path: Path, running: bool) -> None:
    file, data, said = tmp_path / "unit.toml", tmp_path / "data", list[str]()
    file.write_text(UNIT_TOML, "utf-8")
    data.mkdir()
    with contextlib.ExitStack() as stack:
        stack.enter_context(in_use(data))
        if not running:
            stack.close()
        given_to(SERVICE, data)
        doctor(file, Wanted(reach=False), said.append, said.append)
        assert said
        assert [each.name for each in data.iterdir() if each.stat().st_uid != SERVICE] == []


def test_the_word_that_an_update_leaves_is_taken_away_by_the_service_user(tmp_path: Path) -> None:
    """The file is root's: the folder is the user's, who may read and remove what lies there."""
    fact = SoftwareUpdated("0.2.0", "0.1.0")
    outcome.tell(tmp_path, fact)
    assert (tmp_path / outcome.FILE).stat().st_mode & 0o444 == 0o444
    assert outcome.take(tmp_path) == [fact]
    assert list(tmp_path.iterdir()) == []
