"""``door.db`` after a cut in the middle of a write, on a card that rotted or takes nothing."""

import contextlib
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from loquet_edge.state_store import StateStore


@pytest.fixture
def cut(tmp_path: Path) -> Iterator[Path]:
    """A file as the power leaves it in a write: half written, and a journal to roll it back."""
    path = tmp_path / "before" / "door.db"
    path.parent.mkdir()
    with closing(StateStore(path)) as store:
        store.put("desired", "lockdown")
        store.put("floor", "1")
    with closing(sqlite3.connect(path, isolation_level=None)) as writer:
        writer.execute("PRAGMA cache_size = 1")
        writer.execute("BEGIN")
        writer.execute("UPDATE state SET value = '2' WHERE name = 'floor'")
        rows = ((f"x{number}", "y" * 2000) for number in range(300))
        writer.executemany("INSERT INTO state VALUES (?, ?)", rows)
        after = tmp_path / "after"
        shutil.copytree(path.parent, after)
    assert (after / "door.db-journal").stat().st_size
    yield after / "door.db"


def test_a_cut_in_the_middle_of_a_write_forgets_no_lockdown(cut: Path) -> None:
    with closing(StateStore(cut)) as store:
        assert (store.get("desired"), store.get("floor")) == ("lockdown", "1")
        store.put("floor", "3")
    assert not cut.with_name("door.db.damaged").exists()
    with closing(StateStore(cut)) as store:
        assert (store.get("desired"), store.get("floor")) == ("lockdown", "3")


def test_a_file_that_another_holds_is_read_and_not_set_aside(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "door.db"
    with closing(StateStore(path)) as store:
        store.put("desired", "lockdown")
    real = sqlite3.connect

    def read_only_card(address: str, **more: bool) -> sqlite3.Connection:
        if "mode=rw" in address:
            raise sqlite3.OperationalError("attempt to write a readonly database")
        return real(address, **more)  # type: ignore[call-overload,no-any-return]

    with monkeypatch.context() as patch:
        patch.setattr(sqlite3, "connect", read_only_card)
        store = StateStore(path)
    with closing(store):
        assert store.get("desired") == "lockdown"
    assert path.exists()


def test_an_empty_file_is_no_damage(tmp_path: Path) -> None:
    path = tmp_path / "door.db"
    path.touch()
    with closing(StateStore(path)) as store:
        assert store.get("desired") is None
        store.put("desired", "x")
    with closing(StateStore(path)) as store:
        assert store.get("desired") == "x"
    assert not path.with_name("door.db.damaged").exists()


def test_damage_is_set_aside(tmp_path: Path) -> None:
    path = tmp_path / "door.db"
    path.write_bytes(b"rust" * 4096)
    with closing(StateStore(path)) as store:
        assert store.get("desired") is None
        store.put("desired", "x")
    assert path.with_name("door.db.damaged").read_bytes() == b"rust" * 4096
    with contextlib.closing(StateStore(path)) as store:
        assert store.get("desired") == "x"
