"""Listens to the two lines of a Wiegand reader for a while; the unit must not run meanwhile."""

from __future__ import annotations

import time
from collections.abc import Callable

from loquet_contract.wire.events_proof import ExamVerdict
from loquet_edge.config import UnitConfig
from loquet_edge.config_readers import WiegandWiring
from loquet_edge.doctor.findings import Finding
from loquet_edge.doctor.wiegand import ADVICE, Trace, diagnose
from loquet_edge.drivers.catalogue import open_lines
from loquet_edge.errors import ConfigurationError
from loquet_edge.inspection import SOCKET
from loquet_edge.local_sockets import is_served
from loquet_edge.protocols.wiegand_formats import FORMATS

LOOK_SECONDS = 0.005
NANO = 1_000_000_000


def wiring_of(config: UnitConfig, name: str) -> WiegandWiring:
    """Return how a Wiegand reader is wired; raise ConfigurationError with those that are."""
    found = {each.id: each.wiring for each in config.all_readers}
    wiring = found.get(name)  # type: ignore[call-overload]
    if isinstance(wiring, WiegandWiring):
        return wiring
    known = [each for each, wired in found.items() if isinstance(wired, WiegandWiring)]
    raise ConfigurationError(
        config.file, "readers", "",
        f"there is no Wiegand reader {name!r}; these are: {', '.join(known) or 'none'}",
    )  # fmt: skip


def capture(
    config: UnitConfig,
    wiring: WiegandWiring,
    seconds: float,
    pause: Callable[[float], None] = time.sleep,
) -> Trace:
    """Return what came in ``seconds``; raise LineError, or OSError where a unit runs."""
    if is_served(config.run / SOCKET) or is_served(config.guard_socket):
        raise OSError("a unit runs here and has these lines: stop it, then listen again")
    if config.simulated:
        raise OSError("the simulated board has no Wiegand lines: this listens to real ones")
    from loquet_edge.drivers.lines import GpioLines
    from loquet_edge.drivers.pulses import GpioPulseLine

    lines = open_lines(config)
    assert isinstance(lines, GpioLines)
    pulses: list[tuple[int, int]] = []
    try:
        heard = [
            GpioPulseLine(lines, f"D{which}", offset, wiring.pull, _into(pulses, which))
            for which, offset in enumerate((wiring.d0, wiring.d1))
        ]
        low, looks = [0, 0], 0
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            looks += 1
            for which, line in enumerate(heard):
                low[which] += line.low
            pause(LOOK_SECONDS)
        for line in heard:
            line.close()
    finally:
        lines.close()
    return Trace(tuple(pulses), (low[0] / max(1, looks), low[1] / max(1, looks)))


def _into(pulses: list[tuple[int, int]], which: int) -> Callable[[int], None]:
    return lambda at: pulses.append((which, at))


def findings(trace: Trace, name: str, wiring: WiegandWiring) -> list[Finding]:
    """Return what a trace says of a reader's wires."""
    result = diagnose(trace, [FORMATS[each] for each in wiring.formats], round(wiring.gap * NANO))
    found = [
        Finding("wiegand", ExamVerdict.BAD, f"{each.trouble.value.replace('_', ' ')}:"
                f" {each.measured}", name, ADVICE[each.trouble])
        for each in result.found
    ]  # fmt: skip
    if result.well:
        said = f"{result.frames} frames, {' or '.join(result.formats)}"
        return [Finding("wiegand", ExamVerdict.OK, said, name)]
    return found
