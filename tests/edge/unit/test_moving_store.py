"""The file of what moves: damaged, or not to be written."""

import contextlib
from pathlib import Path

from loquet_contract.access.presence import Balance
from loquet_contract.ids import AccountId, HolderId
from loquet_edge.moving import OWN, Took
from loquet_edge.moving_store import MovingStore
from loquet_edge.unconfirmed import Spent
from tests.edge.unit.a_moving import whole
from tests.edge.unit.test_moving import ALL, READ, SIGNER, facts, seen


def test_a_damaged_file_is_set_aside_and_all_is_asked_for_anew(tmp_path: Path) -> None:
    path = tmp_path / "moving.db"
    with contextlib.closing(MovingStore(path)) as store:
        facts(store).take(whole(SIGNER, 1, ALL)[0], 0.0)
    for rust in ("", "-wal"):
        path.with_name(path.name + rust).write_bytes(b"\xff" * 8192)
    with contextlib.closing(MovingStore(path)) as store:
        found = facts(store)
        assert found.version is None
        assert found.take(whole(SIGNER, 1, ALL)[0], 0.0) is Took.NEW
        assert seen(found) == READ
    assert path.with_name("moving.db.damaged").exists()


def test_a_damaged_file_is_lost_even_while_no_other_can_be_made(tmp_path: Path) -> None:
    path = tmp_path / "moving.db"
    path.write_bytes(b"\xff" * 8192)
    path.with_name("moving.db-shm").mkdir()  # where SQLite wants a file
    with contextlib.closing(MovingStore(path)) as store:
        assert store.failing and store.lost
    assert path.with_name("moving.db.damaged").exists()


def test_a_store_that_cannot_be_written_keeps_all_in_memory(tmp_path: Path) -> None:
    path = tmp_path / "moving.db"
    path.mkdir()
    store = MovingStore(path)
    found = facts(store)
    found.take(whole(SIGNER, 1, ALL)[0], 0.0)
    found.spend(Spent(AccountId("a"), HolderId("h"), 800, None, 0, False))
    for value in (1, 2):
        store.put({(OWN, "word"): value}, soon=True)
    assert store.failing
    assert seen(found, "balance/a", "paid/a/h") == {"balance/a": Balance(2), "paid/a/h": 800}
    path.rmdir()
    store.close()
    with contextlib.closing(MovingStore(path)) as store:
        assert store.get(OWN, "word") == 2
        assert seen(facts(store), "balance/a") == {"balance/a": Balance(2)}
