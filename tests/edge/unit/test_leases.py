"""The guard's machine: what it must never do, over long random runs and at its edges."""

from hypothesis import given
from hypothesis import strategies as st

from loquet_edge.lockguard.leases import (
    FIRST_CLIENT_SECONDS,
    HOLD_SECONDS,
    ClientCame,
    ClientGone,
    Drive,
    ExitChanged,
    FireLoopChanged,
    Guard,
    GuardedDoor,
    GuardEvent,
    KeepLatch,
    LeaseEnded,
    LeaseTaken,
    RearmPressed,
    Tell,
    TimePassed,
    Told,
    begin,
    deadline,
    step,
)

STRIKE = GuardedDoor(maximum=30.0, exit_release=5.0)
SENSOR = GuardedDoor(maximum=10.0, exit_release=5.0, exit_releases=False, in_fire=False)
MAGLOCK = GuardedDoor(maximum=30.0, exit_release=5.0, fails_safe=True)
DOORS = (STRIKE, SENSOR, MAGLOCK)


def fresh(fire: bool = False, latched: bool = False) -> Guard:
    guard = begin(DOORS, fire=fire, latched=latched, exits=(False, False, False), now=0.0)
    return step(guard, ClientCame(), 0.0)[0]


def after(guard: Guard, *events: tuple[float, GuardEvent]) -> Guard:
    for now, event in events:
        guard, _ = step(guard, event, now)
    return guard


def test_a_lease_ends_by_itself() -> None:
    guard = after(fresh(), (1.0, LeaseTaken(0, 5.0)))
    assert guard.released(0) and deadline(guard) == 6.0
    assert after(guard, (5.999, TimePassed())).released(0)
    assert not after(guard, (6.0, TimePassed())).released(0)


def test_a_timed_lease_is_capped_at_the_maximum() -> None:
    guard = after(fresh(), (0.0, LeaseTaken(1, 1e9)))
    assert deadline(guard) == SENSOR.maximum


def test_a_timed_lease_that_comes_late_does_not_prolong_the_one_before() -> None:
    guard = after(fresh(), (0.0, LeaseTaken(0, 30.0)))
    _, effects = step(guard, LeaseTaken(0, 5.0), 30.0)
    assert [each for each in effects if isinstance(each, Drive)] == [
        Drive(0, False),
        Drive(0, True),
    ]


def test_a_hold_or_an_exit_that_comes_late_leaves_no_gap() -> None:
    guard = after(fresh(), (0.0, LeaseTaken(0, None)))
    for event in (LeaseTaken(0, None), ExitChanged(0, True)):
        _, effects = step(guard, event, 30.0)
        assert not [each for each in effects if isinstance(each, Drive)]


def test_a_hold_that_is_not_renewed_ends() -> None:
    guard = after(fresh(), (0.0, LeaseTaken(0, None)), (1.0, LeaseTaken(0, None)))
    assert deadline(guard) == 1.0 + HOLD_SECONDS


def test_losing_the_client_ends_leases_and_lets_go_what_fails_safe() -> None:
    guard = after(fresh(), (0.0, LeaseTaken(0, 5.0)), (1.0, ClientGone()))
    assert [guard.released(at) for at in range(3)] == [False, False, True]
    assert not after(guard, (2.0, ClientCame())).released(2)


def test_before_its_first_client_a_door_that_fails_safe_is_locked() -> None:
    assert not begin(DOORS, fire=False, latched=False, exits=(False,) * 3, now=0.0).released(2)


def test_a_guard_whose_first_client_does_not_come_lets_go_what_fails_safe() -> None:
    guard = begin(DOORS, fire=False, latched=False, exits=(False,) * 3, now=100.0)
    assert deadline(guard) == 100.0 + FIRST_CLIENT_SECONDS
    late = after(guard, (100.0 + FIRST_CLIENT_SECONDS, TimePassed()))
    assert [late.released(at) for at in range(3)] == [False, False, True]
    assert not after(late, (120.0, ClientCame())).released(2)
    came = after(guard, (101.0, ClientCame()), (200.0, TimePassed()))
    assert not came.released(2) and deadline(came) is None


def test_a_guard_that_ends_leaves_an_exit_that_is_pressed_released() -> None:
    pressed = after(fresh(), (1.0, ExitChanged(0, True)), (1.0, ExitChanged(1, True)))
    assert [pressed.released_at_end(at) for at in range(3)] == [True, False, True]
    let_go = after(pressed, (2.0, ExitChanged(0, False)), (2.0, LeaseTaken(0, 5.0)))
    assert not let_go.released_at_end(0)


def test_an_exit_releases_without_a_client_and_for_its_time_after() -> None:
    guard = after(fresh(), (0.0, ClientGone()), (1.0, ExitChanged(0, True)))
    assert guard.released(0)
    guard = after(guard, (100.0, ExitChanged(0, False)))
    assert after(guard, (104.9, TimePassed())).released(0)
    assert not after(guard, (105.0, TimePassed())).released(0)


PRESS = (1.0, ExitChanged(0, True)), (2.0, ExitChanged(0, False))
SNAPSHOT = 1
"""Words of an exit that a client has heard once it knows how all stands."""


def test_a_client_ends_only_those_exits_that_it_has_heard_of() -> None:
    heard = after(fresh(), *PRESS, (3.0, LeaseEnded(0, SNAPSHOT + 2)))
    assert not heard.released(0)
    unheard = after(fresh(), (0.5, ClientGone()), *PRESS, (3.0, ClientCame()))
    for words in (0, SNAPSHOT):
        assert after(unheard, (3.0, LeaseEnded(0, words))).released(0)
    assert not after(unheard, (3.0, LeaseEnded(0, SNAPSHOT)), (7.0, TimePassed())).released(0)


def test_an_end_that_crosses_a_word_of_the_exit_does_not_mean_that_exit() -> None:
    """As the first order of a new client does, if somebody lets go of the button meanwhile."""
    pressed = after(fresh(), PRESS[0], (1.5, ClientGone()), (1.9, ClientCame()), PRESS[1])
    let_go, effects = step(pressed, LeaseEnded(0, SNAPSHOT), 2.0)
    assert not effects
    assert let_go.released(0)
    assert not after(let_go, (2.1, LeaseEnded(0, SNAPSHOT + 1))).released(0)


def test_a_new_client_ends_no_exit_that_the_one_before_has_heard() -> None:
    changed = after(fresh(), *PRESS, (3.0, ClientGone()), (3.1, ClientCame()))
    _, effects = step(changed, LeaseEnded(0, SNAPSHOT), 3.1)
    assert not effects
    assert changed.released(0)


def test_a_sensor_beside_a_free_handle_only_tells() -> None:
    guard, effects = step(fresh(), ExitChanged(1, True), 1.0)
    assert effects == [Tell(Told.EXIT, 1, True)]
    assert not guard.released(1)


def test_fire_at_start_is_latched_and_released_at_once() -> None:
    guard = begin(DOORS, fire=True, latched=False, exits=(False,) * 3, now=0.0)
    assert guard.latched and guard.released(0) and not guard.released(1)


def test_a_latch_that_was_kept_holds_with_the_loop_closed() -> None:
    guard = begin(DOORS, fire=False, latched=True, exits=(False,) * 3, now=0.0)
    assert guard.released(0)
    assert not after(guard, (1.0, RearmPressed())).released(0)


def test_locks_come_before_words_and_words_before_the_file() -> None:
    _, effects = step(fresh(), FireLoopChanged(True), 1.0)
    ranks = [(Drive, Tell, KeepLatch).index(type(each)) for each in effects]
    assert ranks == sorted(ranks) and ranks[0] == 0 and ranks[-1] == 2


def test_a_new_client_hears_everything_and_then_that_it_is_all() -> None:
    guard = after(fresh(), (0.0, ClientGone()), (1.0, FireLoopChanged(True)))
    _, effects = step(guard, ClientCame(), 2.0)
    tells = [each for each in effects if isinstance(each, Tell)]
    assert tells[0] == Tell(Told.FIRE_LOOP, 0, True)
    assert tells[1] == Tell(Told.FIRE_LATCH, 0, True)
    assert tells[-1] == Tell(Told.STARTED, 0, True)


DOOR = st.integers(0, 2)
EVENTS = st.one_of(
    st.builds(LeaseTaken, DOOR, st.none() | st.floats(0, 100)),
    st.builds(LeaseEnded, DOOR, st.integers(0, 4)),
    st.just(ClientCame()),
    st.just(ClientGone()),
    st.builds(ExitChanged, DOOR, st.booleans()),
    st.builds(FireLoopChanged, st.booleans()),
    st.just(RearmPressed()),
    st.just(TimePassed()),
)


@given(st.lists(st.tuples(st.floats(0, 20), EVENTS), max_size=60))
def test_over_long_runs_no_promise_breaks(run: list[tuple[float, GuardEvent]]) -> None:
    guard, now = fresh(), 0.0
    driven = [guard.released(at) for at in range(3)]
    for wait, event in run:
        now += wait
        before = guard
        guard, effects = step(guard, event, now)
        for effect in effects:
            if isinstance(effect, Drive):
                driven[effect.door] = effect.released
        assert driven == [guard.released(at) for at in range(3)]
        if before.latched and not guard.latched:
            assert isinstance(event, RearmPressed) and not before.fire
        if guard.fire:
            assert guard.latched
        due = deadline(guard)
        assert due is None or now <= due <= now + 30.0
        for at, door in enumerate(guard.doors):
            if guard.latched and DOORS[at].in_fire:
                assert guard.released(at)
            if door.exit_active and DOORS[at].exit_releases:
                assert guard.released(at)
            if (before.doors[at].exit_until or 0.0) > now and door.exit_until is None:
                assert event == LeaseEnded(at, before.doors[at].exit_words)
        if not guard.client:
            assert all(door.lease_until is None for door in guard.doors)
