"""On days that nobody tuned it on, the machine is better than a plain hold, or as good."""

import pytest

from loquet_server.demo.days import TWO_DETECTORS, Fault, Plan, Sensor, made_day
from tests.days import judged, recorded

PLANS = [Plan(people=0, cleaner=False), Plan(people=1), Plan(people=3), Plan(people=2, draughts=12)]


@pytest.mark.parametrize("plan", PLANS, ids=lambda plan: f"{plan.people} people")
def test_no_day_is_much_worse_than_the_plain_hold(plan: Plan) -> None:
    days = [judged(seed, plan) for seed in range(2)]
    for day in days:
        assert day.ours.wrong <= day.plain.wrong + 5
        assert day.ours.missed <= day.plain.missed + 8
        assert day.ours.transitions <= day.plain.transitions
    wrong, plain = sum(day.ours.wrong for day in days), sum(day.plain.wrong for day in days)
    assert wrong < 0.85 * plain
    print(f"{plan.people} people: {wrong:.0f} min wrong, the plain hold {plain:.0f}")


def test_an_empty_house_with_draughts_stays_empty() -> None:
    day = judged(7, Plan(people=0, draughts=8, cleaner=False))
    assert day.ours.true_transitions == 0
    assert day.plain.ghost > 20
    assert day.ours.ghost < day.plain.ghost / 2


def test_the_same_seed_gives_the_same_day() -> None:
    plan = Plan(people=2)
    assert made_day(3, plan) == made_day(3, plan)
    assert made_day(3, plan) != made_day(4, plan)


def test_a_day_is_in_order_and_its_sensors_take_turns() -> None:
    sensors = (*TWO_DETECTORS, Sensor("seat", "seat"), Sensor("radar", "presence"))
    for seed in range(20):
        day = made_day(seed, Plan(people=2), sensors)
        assert [sign.at for sign in day.signs] == sorted(sign.at for sign in day.signs)
        for sensor in sensors:
            levels = [sign.active for sign in day.signs if sign.sensor == sensor.name]
            assert levels == [at % 2 == 0 for at in range(len(levels))]
        assert min(count for _, count in day.truth) == 0
        assert day.truth[-1][1] == 0


def test_a_dead_detector_says_nothing_more_and_a_stuck_one_does_not_stop() -> None:
    dead = made_day(1, Plan(people=1, faults={"window": Fault.DEAD}))
    whole = made_day(1, Plan(people=1))
    count = [sum(sign.sensor == "window" for sign in day.signs) for day in (dead, whole)]
    assert 0 <= count[0] < count[1]
    stuck = made_day(1, Plan(people=1, faults={"window": Fault.STUCK}))
    assert [sign.active for sign in stuck.signs if sign.sensor == "window"][-1]
    assert recorded(stuck).rows[-1].levels[0]
