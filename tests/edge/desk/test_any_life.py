"""Whatever happens to a desk with every kind of sensor, it never says what it cannot know."""

from hypothesis import given, settings
from hypothesis import strategies as st

from loquet_edge.desk import Desk, DeskState, SensorKind, deadline, refit, step
from loquet_edge.desk.state import (
    DeskEffect,
    DeskEvent,
    Phase,
    SensorConfig,
    Start,
    TimePassed,
    desk_reader,
    patient_pir,
    presence,
    seat_switch,
)
from tests.edge.desk.stories import WORDS, desk_with, named

SEEN = (Phase.ACTIVE, Phase.HOLDING)
EVENTS = tuple(event for event in WORDS.values() if not isinstance(event, Start))
SENSORS: tuple[tuple[SensorConfig, ...], ...] = (
    (patient_pir(), named(patient_pir(), "other")),
    (seat_switch(), patient_pir()),
    (desk_reader(500.0), presence(), patient_pir(silent_after=700.0)),
    (desk_reader(500.0), seat_switch(), presence(silent_after=90.0), patient_pir()),
    (desk_reader(500.0),),
)
LIVES = st.lists(st.tuples(st.floats(0, 900), st.sampled_from(EVENTS)), max_size=60)


def judge(before: Desk, event: DeskEvent, now: float) -> tuple[Desk, tuple[DeskEffect, ...]]:
    """One step, and all that must be true after it."""
    desk, told = step(before, event, now)
    due = deadline(desk)
    assert due is None or due > now
    somebody = desk.box.until is not None or any(each.phase in SEEN for each in desk.sensors)
    assert (desk.state is DeskState.OCCUPIED) == somebody
    assert (desk.state is DeskState.AWAY) == (desk.away_until is not None)
    watching = [s for s in desk.sensors if s.config.kind is not SensorKind.BADGE] or desk.sensors
    if desk.state in (DeskState.FREE, DeskState.AWAY):
        assert {each.phase for each in watching} <= {Phase.QUIET, Phase.DOUBTED}
    if desk.state is not before.state:
        assert told, "a change is told"
    assert (desk.badge is not None) <= any(
        each.config.kind is SensorKind.BADGE and each.phase in (Phase.HOLDING, Phase.LOST)
        for each in desk.sensors
    )
    again, twice = step(desk, event, now)
    assert (again, twice) == (desk, ()), "the same event again does nothing"
    return desk, told


@given(st.sampled_from(SENSORS), st.sampled_from([0.0, 300.0]), st.booleans(), LIVES)
@settings(max_examples=60, deadline=None)
def test_no_life_makes_it_say_what_it_cannot_know(
    sensors: tuple[SensorConfig, ...], away: float, door: bool, life: list[tuple[float, DeskEvent]]
) -> None:
    desk, now = desk_with(*sensors, away=away, door=door), 0.0
    desk, _ = judge(desk, Start(idle=frozenset(each.id for each in sensors)), now)
    for after, event in life:
        now += after
        late, told = judge(desk, event, now)
        prompt, story = desk, tuple[DeskEffect, ...]()
        while (due := deadline(prompt)) is not None and due <= now:
            prompt, news = step(prompt, TimePassed(), due)
            story += news
        prompt, news = step(prompt, event, now)
        assert (late, told) == (prompt, story + news), "waking late tells the same"
        desk = late


@given(LIVES)
@settings(max_examples=40, deadline=None)
def test_other_sensors_leave_the_known_ones_what_they_know(
    life: list[tuple[float, DeskEvent]],
) -> None:
    desk, now = desk_with(seat_switch(), presence()), 0.0
    desk, _ = step(desk, Start(), now)
    for after, event in life:
        now += after
        desk, _ = step(desk, event, now)
    more = desk_with(seat_switch(), patient_pir()).config
    fitted, _ = refit(desk, more, now)
    assert [each.config for each in fitted.sensors] == list(more.sensors)
    if (deadline(desk) or now + 1) > now:
        assert fitted.sensors[0] == desk.sensors[0]
    assert fitted.sensors[1].phase is Phase.UNHEARD
    assert fitted.state is not DeskState.FREE, "a sensor that was never heard says nothing"
    assert refit(fitted, more, now) == (fitted, ())
