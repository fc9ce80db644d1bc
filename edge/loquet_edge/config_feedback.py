"""``volume`` and ``night`` of ``unit.toml``."""

import re

from loquet_edge.config_table import Table
from loquet_edge.feedback.voice import Night, Voice, Volume

_NIGHT = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)")


def voice_of(table: Table, usual: Voice | None = None) -> Voice:
    """Return what ``volume`` and ``night`` of a table say; raise ConfigurationError."""
    usual = Voice() if usual is None else usual
    volume = table.choice("volume", tuple(Volume), usual.volume)
    said = table.text("night", "")
    return Voice(Volume(volume), _night(table, said) if said else usual.night)


def _night(table: Table, said: str) -> Night | None:
    if said == "none":
        return None
    match = _NIGHT.fullmatch(said)
    if match is None:
        table.refuse("night", f'write "22:00-07:00" or "none", not {said!r}')
    hours = tuple(int(part) for part in match.groups())
    found = Night(hours[0] * 60 + hours[1], hours[2] * 60 + hours[3])
    if found.start == found.end:
        table.refuse("night", "it begins when it ends; write another end")
    return found
