"""How an incident lives. Pure.

It is open from the first time it is seen until its cause ends or somebody has seen to it. While
it is open it only counts. Somebody may take it on meanwhile: then nobody else is told.

What comes again a short while after it was over is the same incident, open again: a loose
contact is one story and not fifty. People are told once in each *round*. A round begins when
the incident does; when it comes back although somebody said that it was seen to; and when it
comes back an hour or more after the round began, so that what flutters for a day is not told
once alone. A new round is nobody's yet: who had taken the last one on may be at home by now.

Times are UTC milliseconds: ``at`` by the clock of whoever saw it, ``now`` by the server's.
"""

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

REOPEN_MS: Final = 10 * 60_000
"""What comes again within this time is the same incident."""
ROUND_MS: Final = 60 * 60_000
"""After this, what comes again is told again."""


class State(StrEnum):
    """How an incident stands."""

    OPEN = "open"
    ACKNOWLEDGED = "acknowledged"
    RESOLVED = "resolved"


class Step(StrEnum):
    """What its story is made of; closed, and only ever added to."""

    REOPENED = "reopened"
    ENDED = "ended"
    """By itself: its cause is gone."""
    ACKNOWLEDGED = "acknowledged"
    NOTED = "noted"
    RESOLVED = "resolved"
    MUTED = "muted"
    UNMUTED = "unmuted"
    GROUPED = "grouped"
    """It became part of another, which explains it."""


class WrongState(ValueError):
    """What was asked does not fit how the incident stands; nothing was changed."""


@dataclass(frozen=True, slots=True)
class Life:
    """One incident's life. ``ended_by_person``: somebody said that it was seen to."""

    round_at: int
    round: int = 1
    acknowledged_at: int | None = None
    ended_at: int | None = None
    ended_by_person: bool = False

    @property
    def state(self) -> State:
        """Return how it stands."""
        if self.ended_at is not None:
            return State.RESOLVED
        return State.OPEN if self.acknowledged_at is None else State.ACKNOWLEDGED


def is_same(life: Life, at: int) -> bool:
    """True if what was seen ``at`` belongs to this incident, and not to a new one."""
    return life.ended_at is None or abs(at - life.ended_at) <= REOPEN_MS


def seen(life: Life, at: int, now: int) -> Life:
    """Return it after it was seen again; raise WrongState if that is another incident."""
    if life.ended_at is None:
        return life
    if not is_same(life, at):
        raise WrongState("it was over for long: what was seen is a new incident")
    back = replace(life, ended_at=None, ended_by_person=False)
    if life.ended_by_person or now - life.round_at >= ROUND_MS:
        back = replace(back, round=life.round + 1, round_at=now, acknowledged_at=None)
    return back


def over(life: Life, at: int) -> Life:
    """Return it after its cause has ended; one that is over stays as it is."""
    return life if life.ended_at is not None else replace(life, ended_at=at)


def acknowledged(life: Life, now: int) -> Life:
    """Return it taken on by somebody; raise WrongState unless it is open."""
    if life.state is not State.OPEN:
        raise WrongState(f"it is {life.state} already")
    return replace(life, acknowledged_at=now)


def resolved(life: Life, now: int) -> Life:
    """Return it seen to by somebody; raise WrongState if it is over."""
    if life.ended_at is not None:
        raise WrongState("it is over already")
    return replace(life, ended_at=now, ended_by_person=True)
