"""Which lights and sounders show what: those of each door, and those of its readers."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from loquet_contract.ids import DoorId
from loquet_edge.config_readers import OsdpWiring, reader_output
from loquet_edge.drivers.catalogue import request_output
from loquet_edge.drivers.ports import ShowingBoard
from loquet_edge.indicators import Face, Faces, Indicators, Minute, ReaderFace

if TYPE_CHECKING:
    from loquet_contract.feedback import Beat
    from loquet_edge.clock import UnitClock
    from loquet_edge.config import DoorUnitConfig, ReaderConfig, UnitConfig
    from loquet_edge.config_wires import OutputConfig
    from loquet_edge.drivers.ports import Lines, OutputLine

ShowAt = Callable[[str, "Beat"], None]
"""Has the reader of that name show a beat."""


def faces_of(
    config: UnitConfig, lines: Lines, minute: Minute, show_at: ShowAt
) -> dict[DoorId, Faces]:
    """Return all that each door shows; ``show_at`` reaches readers that are told over their line.

    Raises LineError for a light that cannot be had.
    """
    found = {door.id: Faces(_door_face(door, lines, minute)) for door in config.doors}
    for reader in config.readers:
        face = _reader_face(reader, lines, minute, show_at)
        if face is not None:
            found[reader.door].add(reader.id, face)
    return found


def minute_of(clock: UnitClock) -> Minute:
    """Return what tells the minute of the day by the machine's time zone."""

    def minute() -> int | None:
        now = clock.now()
        if not now.trusted:
            return None
        local = time.localtime(now.utc)
        return local.tm_hour * 60 + local.tm_min

    return minute


def _door_face(door: DoorUnitConfig, lines: Lines, minute: Minute) -> Face:
    wired = (door.led_granted, door.led_denied, door.buzzer, door.led_blue)
    tell = None
    if isinstance(lines, ShowingBoard):
        board, name = lines, f"feedback:{door.id}"
        tell = lambda shown: board.indicate(name, shown)  # noqa: E731
    return Indicators(
        *(_output(lines, each) for each in wired), voice=door.voice, minute=minute, tell=tell
    )


def _reader_face(
    reader: ReaderConfig, lines: Lines, minute: Minute, show_at: ShowAt
) -> Face | None:
    if isinstance(reader.wiring, OsdpWiring):
        return ReaderFace(lambda beat: show_at(reader.id, beat), reader.voice, minute)
    led, buzzer = reader_output(reader, "led"), reader_output(reader, "buzzer")
    if led is None and buzzer is None:
        return None
    return Indicators(
        _output(lines, led), None, _output(lines, buzzer), voice=reader.voice, minute=minute
    )


def _output(lines: Lines, config: OutputConfig | None) -> OutputLine | None:
    return None if config is None else request_output(lines, config)
