"""``loquet-edge doctor``: names the sources, prints what was found."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from loquet_edge.commissioning.terminal import door_named
from loquet_edge.config import load
from loquet_edge.doctor import capture, doors
from loquet_edge.doctor.examination import examine
from loquet_edge.doctor.findings import Finding, is_well, line, plain
from loquet_edge.doctor.system import System

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody asked the doctor for."""

    as_json: bool = False
    colour: bool = False
    reach: bool = True
    pulse: str | None = None
    """A door to be released once."""
    wiegand: str | None = None
    """A reader to listen to, and for how many seconds."""
    seconds: float = 20.0


def doctor(file: Path, wanted: Wanted, say: Say, tell: Say, system: System | None = None) -> int:
    """Print what is found, as it is found; ``tell`` asks a person. Return the exit status."""
    found: list[Finding] = []

    def take(each: Finding) -> None:
        found.append(each)
        if not wanted.as_json:
            say(line(each, colour=wanted.colour))

    if wanted.wiegand is not None:
        config = load(file)
        wiring = capture.wiring_of(config, wanted.wiegand)
        tell(f"hold a few badges to {wanted.wiegand}, for {wanted.seconds:g} seconds")
        trace = capture.capture(config, wiring, wanted.seconds)
        for each in capture.findings(trace, wanted.wiegand, wiring):
            take(each)
    else:
        for each in examine(file, system or System(), reach=wanted.reach):
            take(each)
    if wanted.pulse is not None:
        config = load(file)
        take(doors.pulse(config, door_named(config, wanted.pulse), tell))
    if wanted.as_json:
        say(json.dumps(plain(found), indent=1, ensure_ascii=False))
    return 0 if is_well(found) else 2
