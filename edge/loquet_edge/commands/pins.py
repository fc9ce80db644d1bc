"""``loquet-edge pins``: which line goes to which pin of the header, and what must not be."""

from collections.abc import Iterator
from itertools import groupby

from loquet_edge.boot_lines import boot_text, taken_at_boot
from loquet_edge.config import DoorUnitConfig, UnitConfig
from loquet_edge.config_doors import FailMode
from loquet_edge.config_lines import (
    HEADER_PINS,
    energised_at_reset,
    reader_lines,
    reset_pull_high,
    taken_by_system,
    used_lines,
)
from loquet_edge.pinout import board_here

HEADING = f"{'line':>4}  {'pin':>3}  {'direction':<9}  {'active':<6}  {'at reset':<9} role"


def table(config: UnitConfig) -> Iterator[str]:
    """Give the table as lines: the board, then each door and what else there is."""
    header = config.header
    sure = config.model != "auto" or board_here() is not None
    yield f"{header.name}{'' if sure else ' (assumed: say model in [unit])'}, {header.chip_label}"
    yield "supply pins: 3.3 V on 1, 17; 5 V on 2, 4; ground on 6, 9, 14, 20, 25, 30, 34, 39"
    doors = {f"doors.{door.id}": door for door in config.doors}
    for name, group in groupby(used_lines(config), key=lambda used: used.table):
        yield ""
        yield f"[{name}]"
        if name in doors:
            yield from _in_words(doors[name])
        yield HEADING
        for used in group:
            direction, active = "output" if used.output else "input", _level(used.active_high)
            yield _row(used.line, direction, active, used.role)
    buses = sorted(reader_lines(config).items())
    if buses:
        yield ""
        yield "buses of the readers"
        yield HEADING
        yield from (_row(line, "reader", "", role) for line, role in buses)


def _in_words(door: DoorUnitConfig) -> Iterator[str]:
    """Say what the lock does, for somebody with a meter in the hand."""
    kind = door.lock.replace("_", " ")
    secure = door.fail is FailMode.SECURE
    at_rest = "locked" if secure else "released"
    does = "releases" if secure else "locks"
    yield f"{kind}, fail-{door.fail}: {at_rest} without power;"
    yield f"a {_level(door.energised_high)} level energises the relay, and {does}"


def _level(high: bool) -> str:
    return "high" if high else "low"


def _row(line: int, direction: str, active: str, role: str) -> str:
    pull = "pull-up" if reset_pull_high(line) else "pull-down"
    pin = HEADER_PINS.get(line, "-")
    return f"{line:>4}  {pin:>3}  {direction:<9}  {active:<6}  {pull:<9} {role}"


def refusals(config: UnitConfig, boot: str | None = None) -> list[str]:
    """Return what must not be wired so, in words that say what to do.

    ``boot``: the text of a ``config.txt``; None: that of this machine, where it is a Pi.
    """
    if boot is None:
        boot = "" if config.simulated or board_here() is None else boot_text()
    taken = taken_at_boot(boot, config.header)
    return energised_at_reset(config) + taken_by_system(config, taken)
