"""Made-up days as recordings: what a desk machine is judged by, beside the plain hold."""

from dataclasses import dataclass

from loquet_edge.desk.state import SensorKind
from loquet_edge.replay.recording import Recording, Row
from loquet_edge.replay.run import desk_for, plain_hold, states
from loquet_edge.replay.score import Score, score
from loquet_server.demo.days import DAY, TWO_DETECTORS, Day, Plan, Sensor, made_day

EVERY = 30.0
PLAIN_HOLD = 300.0


def recorded(day: Day, sensors: tuple[Sensor, ...] = TWO_DETECTORS) -> Recording:
    """A look at every sensor twice a minute: active if it was so at any time since the last."""
    active = {sensor.name: False for sensor in sensors}
    rows, at, signs, truth = [], 0.0, list(day.signs), list(day.truth)
    people = 0
    while at < DAY:
        seen = dict(active)
        while signs and signs[0].at <= at:
            sign = signs.pop(0)
            active[sign.sensor] = sign.active
            seen[sign.sensor] |= sign.active
        while truth and truth[0][0] <= at:
            people = truth.pop(0)[1]
        rows.append(Row(at, tuple(seen[sensor.name] for sensor in sensors), people))
        at += EVERY
    kinds = tuple((sensor.name, SensorKind(sensor.kind)) for sensor in sensors)
    return Recording(kinds, tuple(rows), "people")


@dataclass(frozen=True)
class Judged:
    """One day: the machine's score and the plain hold's."""

    ours: Score
    plain: Score


def judged(seed: int, plan: Plan) -> Judged:
    """Run both over one made-up day."""
    recording = recorded(made_day(seed, plan))
    return Judged(
        score(recording, states(recording, desk_for(recording))),
        score(recording, plain_hold(recording, PLAIN_HOLD)),
    )
