"""How a pattern sounds at a volume: the rhythm stays, the sound of each beat gets shorter."""

from dataclasses import replace

from loquet_contract.feedback import ALARMING, PATTERNS, Beat, Pattern, Shown
from loquet_edge.feedback.voice import Volume

LOW_SECONDS = 0.04
"""A buzzer has one loudness; a click of this length is heard beside it, not in the next room."""
_QUIETER = {Volume.NORMAL: Volume.LOW, Volume.LOW: Volume.OFF, Volume.OFF: Volume.OFF}


def volume_of(shown: Shown, volume: Volume, *, night: bool) -> Volume:
    """Return how loud this is now: a night makes it one step quieter, but for alarms."""
    return _QUIETER[volume] if night and shown not in ALARMING else volume


def voiced(shown: Shown, volume: Volume) -> Pattern:
    """Return the pattern at this volume."""
    return _TABLE[shown, volume]


def _at(pattern: Pattern, volume: Volume) -> Pattern:
    if volume is Volume.NORMAL:
        return pattern
    beats: list[Beat] = []
    for beat in pattern.beats:
        if beat.sound and volume is Volume.LOW and beat.seconds > LOW_SECONDS:
            rest = replace(beat, seconds=beat.seconds - LOW_SECONDS, sound=False)
            beats += [replace(beat, seconds=LOW_SECONDS), rest]
        else:
            beats.append(replace(beat, sound=beat.sound and volume is Volume.LOW))
    return replace(pattern, beats=tuple(beats))


_TABLE = {(shown, volume): _at(PATTERNS[shown], volume) for shown in Shown for volume in Volume}
