"""``loquet-edge replay``: how right the desk machine is, on somebody's own recording."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from loquet_edge.config import load
from loquet_edge.desk import DeskConfig, InvalidDeskConfig
from loquet_edge.desk.state import SensorKind
from loquet_edge.desks import machine_config
from loquet_edge.errors import EdgeError
from loquet_edge.replay.recording import BadRecording, Columns, Recording, read
from loquet_edge.replay.run import desk_for, desk_like, plain_hold, states
from loquet_edge.replay.score import score
from loquet_edge.replay.shown import table

PLAIN_HOLDS = (("plain hold, 5 min", 300.0), ("plain hold, 1 min", 60.0))


class ReplayRefused(EdgeError, ValueError):
    """A recording, or what to run over it, cannot be used; the message says what to change."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to run: a desk of ``config``, or a plain hold for motion, or what is usual."""

    config: Path | None = None
    desk: str = ""
    hold: float | None = None


def named_columns(
    seat: Sequence[str], presence: Sequence[str], pir: Sequence[str], truth: str | None
) -> Columns:
    """Return the columns that somebody named."""
    kinds = {SensorKind.SEAT: seat, SensorKind.PRESENCE: presence, SensorKind.PIR: pir}
    return Columns(tuple((name, kind) for kind, names in kinds.items() for name in names), truth)


def replay(data: Path, columns: Columns, wanted: Wanted) -> Iterator[str]:
    """Give the lines of the table; raise ReplayRefused."""
    try:
        with data.open(encoding="utf-8", newline="") as lines:
            recording = read(lines, columns)
        if recording.truth is None:
            raise BadRecording("no column says who was there; name it with --truth")
        name, config = _tried(recording, wanted)
        scores = [(name, score(recording, states(recording, config)))]
    except UnicodeDecodeError as error:
        raise ReplayRefused(f"{data}: is not text in UTF-8: {error.reason}") from error
    except (BadRecording, InvalidDeskConfig) as error:
        raise ReplayRefused(f"{data}: {error}") from error
    scores += [
        (plain, score(recording, plain_hold(recording, hold))) for plain, hold in PLAIN_HOLDS
    ]
    yield from table(recording, scores)


def _tried(recording: Recording, wanted: Wanted) -> tuple[str, DeskConfig]:
    if not wanted.desk:
        name = "desk machine" if wanted.hold is None else f"desk machine, hold {wanted.hold:g} s"
        return name, desk_for(recording, wanted.hold)
    if wanted.config is None:
        raise BadRecording("--desk needs --config: the unit.toml in which the desk is")
    unit = load(wanted.config)
    desk = next((each for each in unit.desks if each.id == wanted.desk), None)
    if desk is None:
        known = ", ".join(each.id for each in unit.desks) or "none"
        raise BadRecording(f"{wanted.config} has no desk {wanted.desk!r}; desks there: {known}")
    return f"desk {desk.id}", desk_like(recording, machine_config(desk))
