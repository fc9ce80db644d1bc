"""What a reader's own lamp and sounder are told: colours and tones in the words of OSDP."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

LED, BUZZER = 2, 3
"""The library's names of the two commands."""
_FOREVER = 0
_SILENT, _TONE = 1, 2
_SET = 1
# OSDP colours: 0 black, 1 red, 2 green, 3 amber, 4 blue, 5 magenta, 6 cyan, 7 white
_COLOURS = {
    (False, False, False): 0,
    (True, False, False): 1,
    (False, True, False): 2,
    (True, True, False): 3,
    (False, False, True): 4,
    (True, False, True): 5,
    (False, True, True): 6,
    (True, True, True): 7,
}


@dataclass(frozen=True, slots=True)
class Light:
    """What is lit and what sounds now."""

    red: bool = False
    green: bool = False
    blue: bool = False
    buzzer: bool = False


def commands(before: Light | None, after: Light) -> list[dict[str, Any]]:
    """Return what a reader must be told to show `after`; None before: it may show anything."""
    found: list[dict[str, Any]] = []
    if before is None or _colour(before) != _colour(after):
        colour = _colour(after)
        found.append({
            "command": LED, "reader": 0, "led_number": 0, "control_code": _SET, "on_count": 1,
            "off_count": 0, "on_color": colour, "off_color": colour, "timer_count": 0,
            "temporary": False,
        })  # fmt: skip
    if before is None or before.buzzer != after.buzzer:
        found.append({
            "command": BUZZER, "reader": 0, "control_code": _TONE if after.buzzer else _SILENT,
            "on_count": 1, "off_count": 0, "rep_count": _FOREVER,
        })  # fmt: skip
    return found


def _colour(light: Light) -> int:
    return _COLOURS[light.red, light.green, light.blue]
