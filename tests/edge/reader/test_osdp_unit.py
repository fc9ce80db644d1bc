"""A whole unit with an OSDP reader: from the delivered reader to the door that opens."""

from __future__ import annotations

import contextlib
import queue
import subprocess
import sys
import threading
from collections.abc import Iterator

from tests.edge.reader.osdp_stage import PATIENCE, Reader, Wire
from tests.edge.unit.a_unit import MEMBER, UNIT_TOML, Unit, a_unit

LED, GREEN = 2, 2
"""libosdp's own numbers."""
REARM, EXIT = 6, 23
READER = """
[[readers]]
id = "front-in"
"""


@contextlib.contextmanager
def osdp_unit() -> Iterator[tuple[Unit, Reader, Wire]]:
    """A simulated unit whose one reader is a delivered one, on an RS-485 line."""
    wire = Wire(1)
    reader = Reader(wire.readers[0].path, 1, "delivered")
    osdp = f'{READER}driver = "osdp"\ndevice = "{wire.unit.path}"\naddress = 1\n'
    try:
        with a_unit(UNIT_TOML.replace(READER, osdp)) as unit:
            yield unit, reader, wire
    finally:
        reader.close()
        wire.close()


def words(unit: Unit, *words: str) -> subprocess.Popen[str]:
    """Start ``loquet-edge`` with these words."""
    return subprocess.Popen(
        [sys.executable, "-m", "loquet_edge.cli", *words, "--config", str(unit.file)],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip


def lines_of(process: subprocess.Popen[str]) -> queue.SimpleQueue[str]:
    """What it prints, as it comes."""
    found: queue.SimpleQueue[str] = queue.SimpleQueue()

    def listen() -> None:
        assert process.stdout is not None
        for line in process.stdout:
            found.put(line)

    threading.Thread(target=listen, daemon=True).start()
    return found


def test_a_delivered_reader_is_given_its_key_and_opens_the_door() -> None:
    with osdp_unit() as (unit, reader, _wire):
        made = words(unit, "osdp-key", "front-in")
        said, _ = made.communicate(timeout=PATIENCE)
        assert made.returncode == 0, said
        key = unit.file.parent / "osdp" / "front-in.key"
        assert key.stat().st_mode & 0o777 == 0o600
        assert key.read_text().strip() not in said

        unit.start_two()
        lost = unit.wait_kind("reader_lost")
        assert "osdp-install front-in" in str(lost.body)

        with words(unit, "osdp-install", "front-in") as installing:
            told = lines_of(installing)
            assert "turn the re-arm key once" in told.get(timeout=PATIENCE)
            assert not unit.kinds("reader_key_window_opened")
            unit.board.set_input(REARM, 0)
            unit.wait_kind("reader_key_window_opened")
            unit.board.set_input(REARM, 1)
            said = told.get(timeout=PATIENCE)
            while "the window is open" in said:  # told again while the reader is looked for
                said = told.get(timeout=PATIENCE)
            assert "has the key with mark" in said
            assert installing.wait(PATIENCE) == 0
        unit.wait_kind("reader_key_window_closed")
        unit.wait_kind("reader_returned")

        reader.say(card=MEMBER, bits=56)
        unit.wait_released()
        unit.wait_kind("access_granted")
        lit = False
        while not lit:
            heard = reader.told.get(timeout=PATIENCE)
            lit = heard.get("command") == LED and heard["on_color"] == GREEN


def test_a_unit_without_the_key_says_what_to_do_and_lets_people_out() -> None:
    with osdp_unit() as (unit, _reader, _wire):
        unit.start_two()
        lost = unit.wait_kind("reader_lost")
        assert "osdp-key front-in" in str(lost.body)
        unit.board.set_input(EXIT, 0)
        unit.wait_released()
