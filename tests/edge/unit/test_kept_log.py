"""What a process logs is kept within bounds, and leaves the unit clean."""

import logging
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loquet_edge.kept_log import FILE_BYTES, FOLDER, KeptLog, cleaned, keep, newest

HEAD = "2026-11-22 15:47:06,202 "


@pytest.fixture
def log(tmp_path: Path) -> Iterator[logging.Logger]:
    """A logger whose entries are kept below ``tmp_path``."""
    found = logging.Logger("loquet_edge.test")
    handler = KeptLog(tmp_path, "door")
    found.addHandler(handler)
    yield found
    handler.close()


def test_the_newest_of_all_processes_comes_in_the_order_of_its_times(tmp_path: Path) -> None:
    folder = tmp_path / FOLDER
    folder.mkdir()
    (folder / "door.log").write_text(
        "2026-11-22 10:00:00,000 door INFO: one\n"
        "2026-11-22 10:00:02,000 door ERROR: three\n  more\n"
    )
    (folder / "link.1").write_text("2026-11-22 10:00:01,000 link INFO: two\n")
    lines = newest(tmp_path).splitlines()
    assert [line[30:].partition(": ")[2] or line for line in lines] == [
        "one", "two", "three", "  more",
    ]  # fmt: skip
    assert newest(tmp_path / "nothing") == ""


def test_files_stay_small_and_the_newest_is_what_is_sent(
    tmp_path: Path, log: logging.Logger
) -> None:
    for number in range(3000):
        log.warning("entry %s of a chatty process, which says %s", number % 1000, "much " * 8)
    sizes = [file.stat().st_size for file in (tmp_path / FOLDER).iterdir()]
    assert len(sizes) == 2 and max(sizes) <= FILE_BYTES
    sent = newest(tmp_path, 1000)
    assert 800 < len(sent.encode()) <= 1000
    assert "entry 999 " in sent.splitlines()[-1]


def test_a_folder_that_cannot_be_written_loses_entries_and_nothing_else(
    tmp_path: Path, log: logging.Logger
) -> None:
    (tmp_path / FOLDER).write_text("not a folder")
    log.error("lost")
    (tmp_path / FOLDER).unlink()
    log.error("kept")
    assert "kept" in newest(tmp_path) and "lost" not in newest(tmp_path)


def test_what_a_process_dies_of_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "excepthook", lambda *_: None)
    monkeypatch.setattr(threading, "excepthook", threading.excepthook)
    handler = keep(tmp_path, "link")
    try:
        try:
            raise ValueError("the reader sent nonsense")
        except ValueError as error:
            sys.excepthook(type(error), error, error.__traceback__)
        sys.excepthook(KeyboardInterrupt, KeyboardInterrupt(), None)
    finally:
        logging.getLogger().removeHandler(handler)
        handler.close()
    said = newest(tmp_path)
    assert "link CRITICAL: it died" in said
    assert "ValueError: the reader sent nonsense" in said and "Keyboard" not in said


@pytest.mark.parametrize(
    "secret",
    [
        "04A1B2C3D4E5F6", "04:a1:b2:c3:d4:e5:f6", "04 A1 B2 C3", "12,34567", "123/45678",
        "0012345678", "camille@example.org", "q1W2e3R4t5Y6u7I8o9P0a1S2d3F4g5H6",
    ],
)  # fmt: skip
def test_what_should_not_be_logged_does_not_leave_the_unit(secret: str) -> None:
    entry = f"{HEAD}door INFO: seen {secret} at front"
    assert secret not in cleaned(entry)
    assert cleaned(entry).startswith(f"{HEAD}door INFO: seen [")
    assert cleaned(entry).endswith("] at front")


def test_plain_words_and_the_time_stay() -> None:
    entry = f"{HEAD}link WARNING: cannot reach the broker: [Errno 111] Connection refused, 20.5 s"
    assert cleaned(entry) == entry


@given(st.binary(min_size=4, max_size=10), st.sampled_from(["", ":", " ", "-"]), st.booleans())
def test_no_uid_survives_in_any_notation(uid: bytes, between: str, upper: bool) -> None:
    written = between.join(f"{byte:02x}" for byte in uid)
    written = written.upper() if upper else written
    assert written not in cleaned(f"{HEAD}door INFO: card {written}.")
    number = str(int.from_bytes(uid, "big")).zfill(8)
    assert number not in cleaned(f"{HEAD}door INFO: card {number}.")
