"""Desks on made-up days: minutes wrong and changes shown, beside a plain five-minute hold."""

from __future__ import annotations

from loquet_server.demo.days import Plan
from tests.bench.result import Result
from tests.days import Judged, judged

SEEDS = range(1000, 1010)
"""Not those of the tests."""


def results() -> list[Result]:
    """Ten days each of an empty room and of one to three people, with draughts and cleaners."""
    days = [
        judged(seed, Plan(people=people, draughts=5, cleaner=people > 0))
        for people in range(4)
        for seed in SEEDS
    ]
    wrong, plain = (_mean([_wrong(day, ours) for day in days]) for ours in (True, False))
    changes, plainly = (
        _mean([float((day.ours if ours else day.plain).transitions) for day in days])
        for ours in (True, False)
    )
    true = _mean([float(day.ours.true_transitions) for day in days])
    seen, seen_plainly = (_recall(days, ours) for ours in (True, False))
    return [
        Result("desk, minutes wrong a day", wrong, "min", plain, "<= 0.8 x", wrong <= 0.8 * plain),
        Result(
            f"desk, changes shown a day (the truth has {true:.1f})", changes, "", plainly,
            "<= 0.7 x", changes <= 0.7 * plainly,
        ),
        Result("desk, share of the time with people that is seen", 100 * seen, "%",
               100 * seen_plainly, ">= 0.99 x", seen >= 0.99 * seen_plainly),
    ]  # fmt: skip


def _wrong(day: Judged, ours: bool) -> float:
    return (day.ours if ours else day.plain).wrong


def _recall(days: list[Judged], ours: bool) -> float:
    found = [(day.ours if ours else day.plain).recall for day in days]
    known = [each for each in found if each is not None]
    return _mean(known)


def _mean(values: list[float]) -> float:
    return sum(values) / len(values)
