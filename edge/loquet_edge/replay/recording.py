"""Reads a recording: CSV with a time, columns of sensors, and the true head count.

The time is ``Date`` and ``Time``, or one column called ``utc``, ``time`` or ``timestamp`` that
holds ISO 8601 or seconds. Columns of sensors are named, or found by their names.
"""

import csv
import itertools
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from loquet_edge.desk.state import SensorKind

TIMES = ("utc", "time", "timestamp", "datetime")
USUAL_NAMES: dict[SensorKind, tuple[str, ...]] = {
    SensorKind.SEAT: ("seat", "chair"),
    SensorKind.PRESENCE: ("presence", "radar", "mmwave", "ld2410"),
    SensorKind.PIR: ("pir", "motion"),
}
USUAL_TRUTH = ("occupancy_count", "count", "truth", "occupied", "people")
_ON, _OFF = ("1", "true", "on", "yes"), ("0", "false", "off", "no")
_DATES = ("%Y-%m-%d %H:%M:%S", "%Y/%m/%d %H:%M:%S", "%d/%m/%Y %H:%M:%S")


class BadRecording(ValueError):
    """A recording cannot be read; the message says which line and what to write there."""


@dataclass(frozen=True, slots=True)
class Row:
    """One moment: seconds, what each sensor shows (None: nothing came), and who is there."""

    at: float
    levels: tuple[bool | None, ...]
    people: int | None


@dataclass(frozen=True, slots=True)
class Recording:
    """The rows, and the name and kind of each sensor, in the order of a row's levels."""

    sensors: tuple[tuple[str, SensorKind], ...]
    rows: tuple[Row, ...]
    truth: str | None

    @property
    def interval(self) -> float:
        """The usual time between two rows, in seconds."""
        steps = sorted(b.at - a.at for a, b in itertools.pairwise(self.rows))
        return steps[len(steps) // 2] if steps else 0.0


@dataclass(frozen=True, slots=True)
class Columns:
    """Names of columns; those that are not given are found by their usual names."""

    sensors: tuple[tuple[str, SensorKind], ...] = ()
    truth: str | None = None


def read(lines: Iterable[str], wanted: Columns) -> Recording:
    """Return the recording; raise BadRecording."""
    table = csv.reader(lines)
    header = [name.strip().lstrip("\N{BYTE ORDER MARK}") for name in next(table, [])]
    if not header:
        raise BadRecording("the file is empty; its first line names the columns")
    sensors = wanted.sensors or _find_sensors(header)
    truth = wanted.truth or _find_truth(header, sensors)
    places = [_place(header, name) for name, _ in sensors]
    counted = None if truth is None else _place(header, truth)
    clock = _clock(header)
    rows: list[Row] = []
    for cells in table:
        if not any(cell.strip() for cell in cells):
            continue
        line = table.line_num
        if len(cells) != len(header):
            raise BadRecording(
                f"line {line}: {len(cells)} values for {len(header)} columns; give one for each"
            )
        at = _moment(" ".join(cells[place].strip() for place in clock), line)
        if rows and at < rows[-1].at:
            raise BadRecording(f"line {line}: is earlier than the line before; sort by time")
        levels = tuple(_level(cells[place], header[place], line) for place in places)
        people = None if counted is None else _people(cells[counted], header[counted], line)
        rows.append(Row(at, levels, people))
    if len(rows) < 2:
        raise BadRecording("fewer than two rows; a recording needs a time to look at")
    return Recording(tuple(sensors), tuple(rows), truth)


# ---- columns ------------------------------------------------------------------------------


def _find_sensors(header: Sequence[str]) -> tuple[tuple[str, SensorKind], ...]:
    found = tuple(
        (name, kind)
        for name in header
        for kind, usual in USUAL_NAMES.items()
        if any(word in name.lower() for word in usual)
    )
    if not found:
        raise BadRecording(
            f"no column looks like a sensor; say which with --pir, --presence or --seat."
            f" Columns here: {', '.join(header)}"
        )
    return found


def _find_truth(header: Sequence[str], sensors: Iterable[tuple[str, SensorKind]]) -> str | None:
    taken = {name for name, _ in sensors}
    for usual in USUAL_TRUTH:
        for name in header:
            if usual in name.lower() and name not in taken:
                return name
    return None


def _place(header: Sequence[str], name: str) -> int:
    if name not in header:
        raise BadRecording(f"there is no column {name!r}; columns here: {', '.join(header)}")
    return header.index(name)


def _clock(header: Sequence[str]) -> tuple[int, ...]:
    names = [name.lower() for name in header]
    if "date" in names and "time" in names:
        return names.index("date"), names.index("time")
    for name in TIMES:
        if name in names:
            return (names.index(name),)
    raise BadRecording(
        f"no column says the time: name one utc, or two Date and Time."
        f" Columns here: {', '.join(header)}"
    )


# ---- values -------------------------------------------------------------------------------


def _moment(text: str, line: int) -> float:
    try:
        seconds = float(text)
    except ValueError:
        pass
    else:
        if math.isfinite(seconds):
            return seconds
    for form in _DATES:
        try:
            return datetime.strptime(text, form).replace(tzinfo=UTC).timestamp()
        except ValueError:
            continue
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise BadRecording(
            f"line {line}: {text!r} is no time; write 2017-12-22 10:49:41, or seconds"
        ) from None
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp()


def _level(text: str, column: str, line: int) -> bool | None:
    word = text.strip().lower()
    if not word:
        return None
    if word in _ON or word in _OFF:
        return word in _ON
    number = _number(word)
    if number is None:
        raise BadRecording(f"line {line}: {column} is {text!r}; write 0 or 1")
    return number > 0


def _people(text: str, column: str, line: int) -> int:
    word = text.strip().lower()
    if word in _ON or word in _OFF:
        return int(word in _ON)
    number = _number(word)
    if number is None or number < 0 or number != int(number):
        raise BadRecording(f"line {line}: {column} is {text!r}; write how many people are there")
    return int(number)


def _number(word: str) -> float | None:
    try:
        number = float(word)
    except ValueError:
        return None
    return number if math.isfinite(number) else None
