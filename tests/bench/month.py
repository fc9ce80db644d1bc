"""How well people are counted: a simulated month of a 40-desk space, with faults.

Every five minutes of the month the estimator is given what the server had heard by then, and is
compared with the truth: its error, whether the truth lies in its range, how wide that is, and
whether anything it says is impossible. After each fault it is measured how long it takes until
the estimate is as good as it was before.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from statistics import mean, median

from loquet_server.headcount.facts import Crossing, Estimate, Scene, Source
from loquet_server.headcount.pure import estimate
from tests.bench import month_ingest
from tests.bench.month_people import DAY, MINUTE, Day, Exit, Month
from tests.bench.result import Result, percentile

EVERY = 5 * MINUTE
CLOSE = 2
"""People by which an estimate may be wrong and still be good."""


@dataclass
class Score:
    """What came of a month."""

    errors: list[float] = field(default_factory=list)
    widths: list[float] = field(default_factory=list)
    covered: list[bool] = field(default_factory=list)
    busy: list[bool] = field(default_factory=list)
    impossible: int = 0
    recoveries: list[float] = field(default_factory=list)
    """Minutes from the end of a fault."""
    drift: list[int] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)


def scene_at(day: Day, now: int) -> Scene:
    """Return what the server knows at ``now``."""
    heard = [each.crossing for each in day.told if each.heard <= now]
    seats = [
        Crossing(at, "d", index, Source.DESK, change)
        for index, (at, change) in enumerate(day.seats)
        if at <= now
    ]
    beams = any(each.source is Source.BEAM for each in heard)
    sights, at = [], day.begins
    for start, end in day.lost:
        sights.append((at, start))
        at = end
    return Scene(
        day.begins,
        heard + seats,
        [each for each in day.corrections if each.at <= now],
        day.unseen(now),
        {"front": [*sights, (at, day.begins + DAY)]} if beams else {},
        day.occupied(now),
        sum(start <= now < end for start, end in day.unknown),
    )


def impossible(found: Estimate, scene: Scene) -> bool:
    """True for what cannot be."""
    ordered = 0 <= found.low <= found.best <= found.high
    return not ordered or found.low < scene.occupied or found.best > found.ceiling


def run(way_out: Exit, days: int = 30, seed: int = 7) -> Score:
    """Return the score of a month."""
    score = Score()
    for day in Month(way_out, seed).days(days):
        goods: list[tuple[int, bool]] = []
        for now in range(day.begins + EVERY, day.begins + DAY, EVERY):
            scene, truth = scene_at(day, now), day.people(now)
            start = time.process_time()
            found = estimate(scene, now)
            score.seconds.append(time.process_time() - start)
            score.errors.append(abs(found.best - truth))
            score.widths.append(found.high - found.low)
            score.covered.append(found.low <= truth <= found.high)
            score.busy.append(truth > 0)
            score.impossible += impossible(found, scene)
            goods.append((now, score.covered[-1] and score.errors[-1] <= CLOSE))
        score.drift.append(found.best)
        score.recoveries += _recoveries(day, goods)
    return score


def _recoveries(day: Day, goods: list[tuple[int, bool]]) -> Iterator[float]:
    for _, end in [*day.outages, *day.lost]:
        good = next((at for at, well in goods if at >= end and well), day.begins + DAY)
        yield (good - end) / MINUTE


def figures(name: str, score: Score) -> list[Result]:
    """Return the figures of one way out."""
    errors = [error for error, busy in zip(score.errors, score.busy, strict=True) if busy]
    widths = [width for width, busy in zip(score.widths, score.busy, strict=True) if busy]
    covered = [held for held, busy in zip(score.covered, score.busy, strict=True) if busy]
    found = 100 * mean(covered)
    said = f"people counted, {name}"
    return [
        Result(f"{said}: truth in the range, busy minutes", found, "%", goal=">= 90",
               met=found >= 90),
        Result(f"{said}: mean error", mean(errors), "people", goal="<= 1", met=mean(errors) <= 1),
        Result(f"{said}: error, p95", percentile(errors, 0.95), "people", goal="<= 3",
               met=percentile(errors, 0.95) <= 3),
        Result(f"{said}: width of the range, mean", mean(widths), "people"),
        Result(f"{said}: left over at the quiet hour, mean", mean(score.drift), "people"),
        Result(f"{said}: impossible states", score.impossible, "", goal="0",
               met=score.impossible == 0),
        Result(f"{said}: good again after a fault, median", median(score.recoveries), "min"),
        Result(f"{said}: good again after a fault, worst", max(score.recoveries), "min"),
        Result(f"{said}: one estimate, p95", 1000 * percentile(score.seconds, 0.95), "ms"),
    ]  # fmt: skip


def results() -> list[Result]:
    """Run a month for each way out, and some days through the real ingest."""
    found = [each for way_out in Exit for each in figures(way_out.value, run(way_out))]
    wrong, covered = month_ingest.errors()
    share = 100 * mean(covered)
    said = "people counted, exit reader, through the real ingest"
    return [
        *found,
        Result(f"{said}: truth in the range", share, "%", goal=">= 90", met=share >= 90),
        Result(f"{said}: mean error", mean(wrong), "people", goal="<= 1", met=mean(wrong) <= 1),
    ]
