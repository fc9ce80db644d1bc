"""What a door shows at each moment, and when that changes."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loquet_contract.feedback import ALARMING, ANSWERS, PATTERNS, Beat, Shown
from loquet_edge.drivers.ports import LineError
from loquet_edge.feedback import Player, voiced
from loquet_edge.feedback.player import LEAD_SECONDS
from loquet_edge.feedback.voice import Night, Voice, Volume
from loquet_edge.feedback.voicing import LOW_SECONDS, volume_of
from loquet_edge.indicators import Faces, Indicators, ReaderFace

STATES = sorted(set(Shown) - ANSWERS - {Shown.WAITING_PIN, Shown.ENROLLING})


class Lamp:
    """An output that remembers; one that is broken refuses."""

    name = "lamp"

    def __init__(self, broken: bool = False) -> None:
        self.active, self.dim, self.broken = False, False, broken

    def drive(self, active: bool) -> None:
        if self.broken:
            raise LineError("lamp: no such line")
        self.active, self.dim = active, False

    def close(self) -> None:
        return


class DimLamp(Lamp):
    """One that can be dimmed."""

    def drive_dim(self) -> None:
        self.active = self.dim = True


def turned(player: Player, until: float, now: float = 0.0) -> list[tuple[float, Beat]]:
    """Return every beat that is shown, by following the deadlines alone."""
    found = []
    while now < until:
        found.append((round(now, 3), player.beat(now)))
        due = player.deadline(now)
        if due is None:
            break
        assert due > now
        now = due
    return found


@pytest.mark.parametrize("answer", sorted(ANSWERS))
def test_an_answer_is_played_beat_by_beat_and_then_the_door_is_as_before(answer: Shown) -> None:
    player = Player()
    player.answer(answer, 0.0)
    pattern = PATTERNS[answer]
    told = [beat for _, beat in turned(player, pattern.seconds - 1e-6)]
    assert [(b.lit, b.sound) for b in told] == [(b.lit, b.sound) for b in pattern.beats]
    assert player.shown(pattern.seconds) is Shown.IDLE
    assert player.deadline(pattern.seconds) is None


def test_who_is_answered_where_the_light_is_on_sees_it_go_out_first() -> None:
    player = Player()
    player.state(Shown.UNLOCKED, 0.0)
    player.answer(Shown.GRANTED, 1.0)
    assert not player.beat(1.0).lit
    assert player.deadline(1.0) == 1.0 + LEAD_SECONDS
    assert player.beat(1.0 + LEAD_SECONDS).lit


def test_a_fire_is_above_everything() -> None:
    player = Player()
    player.state(Shown.FIRE, 0.0)
    player.wait(Shown.WAITING_PIN, 1.0)
    player.answer(Shown.REFUSED, 2.0)
    assert player.shown(2.0) is Shown.FIRE


def test_a_lock_that_lets_go_ends_a_refusal() -> None:
    player = Player()
    player.answer(Shown.REFUSED, 0.0)
    player.state(Shown.RELEASED, 0.1)
    assert player.shown(0.1) is Shown.RELEASED


def test_what_is_waited_for_ends_by_itself_and_in_a_lockdown() -> None:
    player = Player()
    player.wait(Shown.ENROLLING, 0.0, until=30.0)
    assert player.shown(29.9) is Shown.ENROLLING
    assert player.shown(30.0) is Shown.IDLE
    player.wait(Shown.ENROLLING, 40.0, until=70.0)
    player.state(Shown.LOCKED_DOWN, 41.0)
    assert player.shown(41.0) is Shown.LOCKED_DOWN


def test_a_state_answers_nobody() -> None:
    with pytest.raises(ValueError, match="answers nobody"):
        Player().answer(Shown.FAULT, 0.0)


@given(
    st.lists(
        st.tuples(
            st.floats(0.0, 3.0),
            st.one_of(
                st.tuples(st.just("state"), st.sampled_from(STATES)),
                st.tuples(st.just("answer"), st.sampled_from(sorted(ANSWERS))),
                st.tuples(
                    st.just("wait"), st.sampled_from([Shown.WAITING_PIN, Shown.ENROLLING, None])
                ),
            ),
        ),
        max_size=12,
    )
)
def test_whatever_happens_the_deadlines_go_forward_and_the_door_ends_at_rest(
    story: list[tuple[float, tuple[str, Any]]],
) -> None:
    player, now = Player(), 0.0
    for pause, (act, shown) in story:
        now += pause
        getattr(player, act)(shown, now)
        due = player.deadline(now)
        assert due is None or due > now
    player.wait(None, now)
    player.state(Shown.IDLE, now)
    assert player.shown(now + 10.0) is Shown.IDLE
    assert not player.beat(now + 10.0).lit


# ---- volume and night ---------------------------------------------------------------------


@pytest.mark.parametrize("shown", Shown)
def test_a_volume_changes_the_sound_and_never_the_light(shown: Shown) -> None:
    normal = PATTERNS[shown]
    for volume in Volume:
        other = voiced(shown, volume)
        assert other.seconds == pytest.approx(normal.seconds)
        for step in range(int(normal.seconds * 50)):
            here, there = normal.at((step + 0.4) / 50), other.at((step + 0.4) / 50)
            assert here is not None and there is not None
            assert here[0].lit == there[0].lit
    assert not any(beat.sound for beat in voiced(shown, Volume.OFF).beats)
    low = [beat for beat in voiced(shown, Volume.LOW).beats if beat.sound]
    assert len(low) == sum(beat.sound for beat in normal.beats)
    assert all(beat.seconds <= LOW_SECONDS for beat in low)


@pytest.mark.parametrize("shown", Shown)
def test_a_night_is_quieter_but_for_alarms(shown: Shown) -> None:
    assert volume_of(shown, Volume.NORMAL, night=False) is Volume.NORMAL
    by_night = Volume.NORMAL if shown in ALARMING else Volume.LOW
    assert volume_of(shown, Volume.NORMAL, night=True) is by_night


def test_a_night_goes_over_midnight() -> None:
    night = Night(22 * 60, 7 * 60)
    assert [night.holds(hour * 60) for hour in (21, 22, 23, 0, 6, 7, 12)] == [
        False, True, True, True, True, False, False,
    ]  # fmt: skip
    assert Night(60, 120).holds(60) and not Night(60, 120).holds(120)


# ---- lights -------------------------------------------------------------------------------


def lamps(count: int) -> list[Any]:
    return [Lamp() for _ in range(count)]


def test_colours_go_to_their_lamps_and_blue_to_both_where_there_is_none() -> None:
    green, red, buzzer, blue = lamps(4)
    face = Indicators(green, red, buzzer, blue)
    face.answer(Shown.BELL, 0.0)
    assert (red.active, green.active, blue.active, buzzer.active) == (False, False, True, True)
    two = Indicators(green, red, buzzer)
    two.answer(Shown.BELL, 0.0)
    assert red.active and green.active


def test_a_single_lamp_shows_every_rhythm() -> None:
    (red,) = lamps(1)
    face = Indicators(None, red, None)
    face.answer(Shown.GRANTED, 0.0)
    assert red.active
    face.refresh(2.0)
    assert not red.active
    face.answer(Shown.REFUSED, 3.0)
    assert red.active


def test_a_lamp_that_fails_stops_nothing() -> None:
    green, buzzer = Lamp(broken=True), Lamp()
    face = Indicators(green, None, buzzer)
    face.answer(Shown.GRANTED, 0.0)
    assert buzzer.active


def test_lights_are_dim_by_night_and_no_longer_by_day() -> None:
    time = {"minute": 23 * 60}
    green = DimLamp()
    voice = Voice(Volume.NORMAL, Night(22 * 60, 7 * 60))
    face = Indicators(green, None, None, voice=voice, minute=lambda: time["minute"])
    face.state(Shown.RELEASED, 0.0)
    assert green.active and green.dim
    time["minute"] = 8 * 60
    assert face.deadline is not None  # somebody looks again, though the light is steady
    face.refresh(face.deadline)
    assert green.active and not green.dim


def test_a_clock_that_nobody_trusts_makes_no_night() -> None:
    green = DimLamp()
    face = Indicators(green, None, None, voice=Voice(night=Night(0, 1439)), minute=lambda: None)
    face.state(Shown.RELEASED, 0.0)
    assert green.active and not green.dim


def test_no_light_asks_for_no_time() -> None:
    face = Indicators(None, None, None)
    face.answer(Shown.REFUSED, 0.0)
    assert face.deadline is None


def test_an_answer_goes_to_the_reader_that_was_used_and_a_state_to_all() -> None:
    door, inside = Lamp(), Lamp()
    shown: list[Beat] = []
    faces = Faces(Indicators(door, None, None), {"in": Indicators(inside, None, None)})
    faces.add("osdp", ReaderFace(shown.append))
    faces.answer(Shown.REFUSED, 0.0, "in")
    assert inside.active and not door.active and not shown
    faces.answer(Shown.REFUSED, 0.0, "osdp")
    assert [beat.red for beat in shown] == [True]
    faces.answer(Shown.REFUSED, 0.0, "another")
    assert door.active
    assert faces.deadline == pytest.approx(0.2)
    faces.refresh(5.0)
    faces.state(Shown.UNLOCKED, 5.0)
    assert door.active and inside.active and shown[-1].green


def test_what_is_shown_is_told_by_name_once() -> None:
    told: list[str] = []
    face = Indicators(None, None, None, tell=told.append)
    face.state(Shown.LOCKED_DOWN, 0.0)
    face.refresh(1.7)
    face.answer(Shown.SUSPENDED, 2.0)
    face.refresh(9.0)
    assert told == ["locked_down", "suspended", "locked_down"]
