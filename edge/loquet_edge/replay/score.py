"""How right a series of states was, beside the truth."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

from loquet_edge.desk.state import DeskState
from loquet_edge.replay.recording import Recording

HOLE = 3.0
"""A pause of the recording longer than so many usual intervals counts as one interval."""


@dataclass(frozen=True, slots=True)
class Latencies:
    """Seconds from a true change to ours; ``missed``: changes that we never showed."""

    seconds: tuple[float, ...]
    missed: int

    def at(self, share: float) -> float | None:
        """Return the value that ``share`` (0 to 1) of them do not exceed; None without any."""
        ordered = sorted(self.seconds)
        return ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else None


@dataclass(frozen=True, slots=True)
class Score:
    """``missed`` and ``ghost`` in minutes: somebody whom we did not see, nobody whom we saw.

    ``precision`` and ``recall`` count rows, as publications do; None where there is nothing to
    divide by. An unknown state is not occupied; ``unknown`` says for how many minutes.
    """

    minutes: float
    missed: float
    ghost: float
    unknown: float
    precision: float | None
    recall: float | None
    transitions: int
    true_transitions: int
    arrivals: Latencies
    departures: Latencies

    @property
    def wrong(self) -> float:
        return self.missed + self.ghost


def score(recording: Recording, said: Sequence[DeskState]) -> Score:
    """Return how right ``said`` is, one state for each row of a recording with a truth."""
    ours = [state is DeskState.OCCUPIED for state in said]
    truth = [bool(row.people) for row in recording.rows]
    lengths = _lengths(recording)
    pairs = list(zip(ours, truth, lengths, strict=True))
    right = sum(a and b for a, b, _ in pairs)
    return Score(
        minutes=sum(lengths) / 60,
        missed=sum(length for a, b, length in pairs if b and not a) / 60,
        ghost=sum(length for a, b, length in pairs if a and not b) / 60,
        unknown=_minutes(said, lengths, DeskState.UNKNOWN),
        precision=right / sum(ours) if any(ours) else None,
        recall=right / sum(truth) if any(truth) else None,
        transitions=_changes(ours),
        true_transitions=_changes(truth),
        arrivals=_latencies(recording, ours, truth, True),
        departures=_latencies(recording, ours, truth, False),
    )


def _lengths(recording: Recording) -> list[float]:
    """Return for how many seconds each row speaks."""
    usual, rows = recording.interval, recording.rows
    steps = [b.at - a.at for a, b in itertools.pairwise(rows)]
    return [*(each if each <= HOLE * usual else usual for each in steps), usual]


def _minutes(said: Sequence[DeskState], lengths: Sequence[float], state: DeskState) -> float:
    return sum(length for each, length in zip(said, lengths, strict=True) if each is state) / 60


def _changes(values: Sequence[bool]) -> int:
    return sum(a != b for a, b in itertools.pairwise(values))


def _latencies(
    recording: Recording, ours: Sequence[bool], truth: Sequence[bool], to: bool
) -> Latencies:
    """Look from each true change to ``to`` until the next one for ours; already there is 0."""
    seconds, missed = [], 0
    for at in range(1, len(truth)):
        if truth[at] is not to or truth[at - 1] is to:
            continue
        end = next((i for i in range(at, len(truth)) if truth[i] is not to), len(truth))
        seen = next((i for i in range(at, end) if ours[i] is to), None)
        if seen is None:
            missed += 1
        else:
            seconds.append(recording.rows[seen].at - recording.rows[at].at)
    return Latencies(tuple(seconds), missed)
