"""A counter: only the full path counts, whatever else crosses two beams."""

from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loquet_contract.ids import CounterId, DoorId
from loquet_contract.wire.events import BeamCrossed, CounterLost, CounterReturned, Event
from loquet_edge.beam import Counter, CounterConfig, InvalidCounterConfig, deadline, step
from loquet_edge.beam.state import Beam, BeamBroken, BeamClear, CounterEvent, Start, TimePassed

NONE, OUTER, INNER = frozenset[Beam](), frozenset({Beam.OUTER}), frozenset({Beam.INNER})
BOTH = OUTER | INNER
FULL: dict[tuple[frozenset[Beam], ...], bool] = {
    (OUTER, BOTH, INNER): True,
    (INNER, BOTH, OUTER): False,
}
CONFIG = CounterConfig(CounterId("c"), DoorId("d"))


def new(broken: frozenset[Beam] = NONE) -> Counter:
    counter, told = step(Counter(CONFIG), Start(broken), 0.0)
    assert told == ()
    return counter


def to(counter: Counter, broken: frozenset[Beam], now: float) -> tuple[Counter, list[Event]]:
    """Let the beams be as given: the outer one changes first, a moment before the inner one."""
    found: list[Event] = []
    for beam in Beam:
        if (beam in broken) != (beam in counter.broken):
            event: CounterEvent = BeamBroken(beam) if beam in broken else BeamClear(beam)
            counter, told = step(counter, event, now)
            found += told
    return counter, found


def counted(looks: tuple[frozenset[Beam], ...]) -> list[bool]:
    """What a plain reading of the looks says: each full path between two clear moments."""
    found, path = list[bool](), tuple[frozenset[Beam], ...]()
    for look in looks:
        if look:
            path = path if path[-1:] == (look,) else (*path, look)
        elif path:
            found += [FULL[path]] if path in FULL else []
            path = ()
    return found


def steps(looks: tuple[frozenset[Beam], ...]) -> tuple[frozenset[Beam], ...]:
    """The looks with what lies between two of them: one beam changes at a time."""
    found = [NONE]
    for look in looks:
        for beam in Beam:
            if (beam in look) != (beam in found[-1]):
                found.append(found[-1] ^ {beam})
    return tuple(found[1:])


def test_every_path_of_up_to_six_looks() -> None:
    """All 5,460 of them: a person is counted where the full path is, and nowhere else."""
    people = 0
    for length in range(1, 7):
        for looks in product((NONE, OUTER, BOTH, INNER), repeat=length):
            counter, told, now = new(), list[Event](), 0.0
            for look in (*looks, NONE):
                now += 0.1
                counter, news = to(counter, look, now)
                told += news
            inward = [each.inward for each in told if isinstance(each, BeamCrossed)]
            assert inward == counted(steps((*looks, NONE))), looks
            assert len(inward) == len(told)
            people += len(inward)
    print(f"{people} people in all paths")
    assert people > 200


@pytest.mark.parametrize(
    ("looks", "expected"),
    [
        ((OUTER, BOTH, INNER, NONE), [True]),
        ((INNER, BOTH, OUTER, NONE), [False]),
        ((OUTER, BOTH, OUTER, NONE), []),
        ((OUTER, NONE, INNER, NONE), []),
        ((OUTER, BOTH, OUTER, BOTH, INNER, NONE), []),
        ((OUTER, INNER, NONE), []),
        ((OUTER, BOTH, INNER, NONE, OUTER, BOTH, INNER, NONE), [True, True]),
        ((OUTER, BOTH, INNER, NONE, INNER, BOTH, OUTER, NONE), [True, False]),
    ],
)
def test_who_is_counted(looks: tuple[frozenset[Beam], ...], expected: list[bool]) -> None:
    counter, told = new(), list[Event]()
    for at, look in enumerate(looks):
        counter, news = to(counter, look, at / 4)
        told += news
    assert [each.inward for each in told if isinstance(each, BeamCrossed)] == expected


def test_who_stands_in_the_doorway_for_long_is_not_counted() -> None:
    counter = new()
    for at, look in ((0.0, OUTER), (0.5, BOTH), (20.0, INNER)):
        counter, _ = to(counter, look, at)
    counter, told = to(counter, NONE, 20.5)
    assert told == []


def test_a_beam_that_stays_broken_is_lost_until_both_are_clear() -> None:
    counter, _ = to(new(), OUTER, 10.0)
    assert deadline(counter) == 70.0
    counter, told = step(counter, TimePassed(), 70.0)
    (lost,) = told
    assert isinstance(lost, CounterLost)
    assert "outer" in lost.detail and "60 s" in lost.detail
    assert deadline(counter) is None
    counter, news = to(counter, BOTH, 80.0)
    counter, more = to(counter, INNER, 81.0)
    assert news + more == []
    counter, news = to(counter, NONE, 82.0)
    assert news == [CounterReturned(DoorId("d"), CounterId("c"))]


def test_a_beam_that_never_breaks_while_the_other_does_is_blind() -> None:
    counter, told, now = new(), list[Event](), 0.0
    for _ in range(25):
        for look in (INNER, NONE):
            now += 1.0
            counter, news = to(counter, look, now)
            told += news
    (lost,) = told
    assert isinstance(lost, CounterLost) and "outer beam sees nobody" in lost.detail
    for look in (OUTER, BOTH, INNER):
        counter, news = to(counter, look, now)
        assert news == []
    counter, news = to(counter, NONE, now)
    assert [each.kind for each in news] == ["counter_returned", "beam_crossed"]


def test_who_stands_in_the_beams_at_the_start_came_from_nowhere() -> None:
    counter = new(OUTER)
    for at, look in ((1.0, BOTH), (2.0, INNER)):
        counter, told = to(counter, look, at)
        assert told == []
    counter, told = to(counter, NONE, 3.0)
    assert told == []


LIVES = st.lists(
    st.tuples(
        st.floats(-1, 90),
        st.sampled_from([f(b) for f in (BeamBroken, BeamClear) for b in Beam] + [TimePassed()]),
    ),
    max_size=80,
)


@given(LIVES)
@settings(max_examples=60, deadline=None)
def test_whatever_crosses_the_beams(life: list[tuple[float, CounterEvent]]) -> None:
    counter, now, lost = new(), 0.0, 0
    for after, event in life:
        now += max(0.0, after)
        counter, told = step(counter, event, now)
        due = deadline(counter)
        assert due is None or due > now
        assert step(counter, event, now + min(0.0, after)) == (counter, ())
        for each in told:
            lost += isinstance(each, CounterLost) - isinstance(each, CounterReturned)
        assert lost == (counter.lost is not None), "lost and returned take turns"


@pytest.mark.parametrize("key", ["longest", "stuck"])
@pytest.mark.parametrize("value", [0, -1.0, float("nan"), True])
def test_a_time_must_be_a_positive_number(key: str, value: float) -> None:
    with pytest.raises(InvalidCounterConfig, match=f"'c': {key} = .*greater than 0"):
        CounterConfig(CounterId("c"), DoorId("d"), **{key: value})
