"""The count of people, as a pure function of the facts."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loquet_server.headcount.days import last_reset, resets_between
from loquet_server.headcount.facts import Correction, Crossing, Estimate, Scene, Source, Unseen
from loquet_server.headcount.pure import estimate
from loquet_server.headcount.reading import level_of
from loquet_server.headcount.reasons import Kind, Reason, reason_of
from loquet_server.headcount.spread import Spread
from loquet_server.headcount.words import sentences
from loquet_server.web.i18n import translations
from loquet_server.web.moments import Moments

MINUTE, HOUR = 60_000, 3_600_000
START = 1_760_000_400_000
END = START + 12 * HOUR


class Story:
    """Facts of a day, told in order of their minutes."""

    def __init__(self) -> None:
        self.facts: list[Crossing] = []
        self.corrections: list[Correction] = []

    def say(self, minute: float, source: Source, direction: int, holder: str = "") -> "Story":
        at = START + int(minute * MINUTE)
        number = len(self.facts) + 1
        self.facts.append(Crossing(at, "j", number, source, direction, holder, "front"))
        return self

    def enters(self, minute: float, holder: str) -> "Story":
        return self.say(minute, Source.BADGE, 1, holder)

    def leaves(self, minute: float, holder: str) -> "Story":
        return self.say(minute, Source.BADGE, -1, holder)

    def counted(self, minute: float, people: int) -> "Story":
        at = START + int(minute * MINUTE)
        self.corrections.append(Correction(at, len(self.corrections), people, "Zoé"))
        return self

    def at(self, minute: float, occupied: int = 0, **more: object) -> Estimate:
        scene = Scene(
            START, self.facts, self.corrections, occupied=occupied,
            **more,  # type: ignore[arg-type]
        )  # fmt: skip
        return estimate(scene, START + int(minute * MINUTE))


def kinds(found: Estimate) -> set[Kind]:
    return {reason.kind for reason in found.reasons}


def test_whoever_came_and_did_not_leave_is_inside() -> None:
    story = Story().enters(1, "a").enters(2, "b").enters(3, "c").leaves(60, "b")
    found = story.at(61)
    assert (found.best, set(found.known)) == (2, {"a", "c"})
    assert found.low >= 1
    assert found.high <= 3


def test_a_second_entry_proves_a_missed_exit() -> None:
    story = Story().enters(1, "a").enters(2, "b").enters(180, "a")
    found = story.at(181)
    assert found.best == 2
    assert Kind.MISSED_EXIT in kinds(found)


def test_an_exit_without_an_entry_counts_for_nothing() -> None:
    found = Story().enters(1, "a").leaves(60, "stranger").at(61)
    assert found.best == 1
    assert Kind.UNKNOWN_EXIT in kinds(found)
    assert Story().leaves(5, "stranger").at(6).best == 0


def test_a_stranger_who_was_counted_leaves_one_fewer() -> None:
    found = Story().enters(1, "a").counted(10, 3).leaves(60, "stranger").at(61)
    assert (found.best, set(found.known)) == (2, {"a"})


def test_whoever_is_seen_elsewhere_has_left() -> None:
    story = Story().enters(1, "a").enters(2, "b").say(60, Source.ELSEWHERE, -1, "a")
    found = story.at(61)
    assert (found.best, set(found.known)) == (1, {"b"})
    assert Story().enters(1, "a").say(60, Source.ELSEWHERE, -1, "z").at(61).best == 1


def test_an_exit_without_a_name_leaves_it_open_who_left() -> None:
    story = Story().enters(1, "a").enters(2, "b").say(60, Source.OPENING, -1)
    found = story.at(61)
    assert (found.best, found.left, set(found.known)) == (1, 1, {"a", "b"})
    back = story.enters(90, "a").at(91)
    assert (back.best, back.left) == (2, 0)


def test_beams_count_and_badges_only_say_who() -> None:
    story = Story()
    for minute, holder in enumerate("abc"):
        story.enters(minute, holder).say(minute + 0.05, Source.BEAM, 1)
    story.say(5, Source.BEAM, 1)  # somebody followed
    counted = {"front": [(START, END)]}
    found = story.at(10, counted=counted)
    assert (found.best, set(found.known)) == (4, {"a", "b", "c"})
    blind = story.at(10, counted={"front": [(START, START)]})
    assert blind.best == 7, "without a counter both would count"


def test_a_correction_ends_all_doubt_and_says_who() -> None:
    story = Story()
    for number in range(20):
        story.enters(number, f"h{number}")
    before = story.at(30)
    found = story.counted(30, 17).at(31)
    assert before.high > before.low
    assert (found.low, found.best, found.high) == (17, 17, 17)
    assert found.reasons == (Reason(Kind.CORRECTED, 0, START + 30 * MINUTE, "Zoé"),)
    assert story.counted(40, 0).at(41).known == {}


def test_a_unit_that_is_cut_off_widens_the_range_until_its_facts_come() -> None:
    story = Story()
    for number in range(12):
        story.enters(number, f"h{number}")
    calm = story.at(200)
    cut = story.at(200, unseen=[Unseen(Kind.UNIT_OFFLINE, "hall", START + 80 * MINUTE)])
    assert cut.high - cut.low >= calm.high - calm.low + 4
    assert Kind.UNIT_OFFLINE in kinds(cut)
    assert story.leaves(100, "h3").at(200).best == calm.best - 1


def test_a_lost_exit_reader_lowers_the_lower_end_alone() -> None:
    story = Story()
    for number in range(12):
        story.enters(number, f"h{number}")
    span = Unseen(Kind.READER_LOST, "out", START + HOUR, START + 2 * HOUR, 1.0, False, True)
    calm, found = story.at(240), story.at(240, unseen=[span])
    assert found.low < calm.low
    assert found.high <= calm.high


def test_desks_that_last_are_people() -> None:
    story = Story().enters(1, "a")
    for minute in (10, 11, 12):
        story.say(minute, Source.DESK, 1)
    found = story.at(40, occupied=3)
    assert found.low >= 3
    assert Kind.DESKS_FLOOR in kinds(found)
    assert story.at(40, occupied=3, unknown=2).best == found.best, "unknown desks raise nothing"
    story.say(41, Source.DESK, -1).say(42, Source.DESK, -1).say(43, Source.DESK, -1)
    assert story.at(60).best >= 2, "whoever got up has not left"


def test_a_badge_at_a_door_that_stands_unlocked_counts_once() -> None:
    story = Story().enters(1, "a").say(1.05, Source.OPEN, 0)
    assert (story.at(2).best, Kind.STOOD_OPEN in kinds(story.at(2))) == (1, False)


def test_the_range_grows_with_crossings() -> None:
    few, many = Story(), Story()
    few.enters(1, "a")
    for number in range(40):
        many.enters(number, f"h{number}")
    assert many.at(60).high - many.at(60).low > few.at(60).high - few.at(60).low


# ---- properties -------------------------------------------------------------------------

_SOURCES = st.sampled_from([
    (Source.BADGE, 1), (Source.BADGE, -1), (Source.BEAM, 1), (Source.BEAM, -1),
    (Source.OPENING, -1), (Source.BUTTON, -1), (Source.RELEASE, 1), (Source.OPEN, 0),
    (Source.ELSEWHERE, -1), (Source.DESK, 1), (Source.DESK, -1),
])  # fmt: skip
_FACTS = st.lists(
    st.tuples(st.integers(0, 700), _SOURCES, st.sampled_from("abcdef")), max_size=40
).map(
    lambda rows: [
        Crossing(START + minute * MINUTE, "j", number, source, direction, holder, "front")
        for number, (minute, (source, direction), holder) in enumerate(rows)
    ]
)
_CORRECTIONS = st.lists(st.tuples(st.integers(0, 700), st.integers(0, 30)), max_size=2).map(
    lambda rows: [Correction(START + at * MINUTE, n, people) for n, (at, people) in enumerate(rows)]
)


@settings(max_examples=120, deadline=None)
@given(
    facts=_FACTS, corrections=_CORRECTIONS, occupied=st.integers(0, 12), minute=st.integers(0, 720)
)
def test_nothing_it_says_is_impossible(
    facts: list[Crossing], corrections: list[Correction], occupied: int, minute: int
) -> None:
    scene = Scene(START, facts, corrections, occupied=occupied)
    found = estimate(scene, START + minute * MINUTE)
    assert 0 <= occupied <= found.low <= found.best <= found.high
    assert found.best <= found.ceiling


@settings(max_examples=60, deadline=None)
@given(facts=_FACTS, corrections=_CORRECTIONS, draw=st.randoms(use_true_random=False))
def test_the_order_of_arrival_changes_nothing(
    facts: list[Crossing], corrections: list[Correction], draw: object
) -> None:
    mixed = list(facts)
    draw.shuffle(mixed)  # type: ignore[attr-defined]
    told = estimate(Scene(START, facts, corrections), END)
    assert estimate(Scene(START, mixed, corrections[::-1]), END) == told


@settings(max_examples=60, deadline=None)
@given(facts=_FACTS)
def test_what_was_before_the_quiet_hour_is_forgotten(facts: list[Crossing]) -> None:
    later = START + 5 * HOUR
    kept = [each for each in facts if each.at >= later]
    assert estimate(Scene(later, facts), END) == estimate(Scene(later, kept), END)


@given(
    at=st.datetimes(datetime(2024, 1, 2), datetime(2027, 12, 30)),
    minutes=st.integers(0, 1439),
    zone=st.sampled_from(["Europe/Paris", "America/Cayenne", "Pacific/Noumea"]),
)
def test_a_reset_is_the_same_whenever_it_is_asked_for(
    at: datetime, minutes: int, zone: str
) -> None:
    now = int(at.timestamp()) * 1000
    reset = last_reset(now, zone, minutes)
    assert reset <= now < reset + 26 * HOUR
    assert last_reset(reset, zone, minutes) == reset
    assert resets_between(reset - 3 * 24 * HOUR, now, zone, minutes)[-1] == reset


def test_a_quiet_hour_that_spring_skips_still_comes_once() -> None:
    paris = ZoneInfo("Europe/Paris")
    before = int(datetime(2026, 3, 28, 12, tzinfo=paris).timestamp()) * 1000
    after = int(datetime(2026, 3, 30, 12, tzinfo=paris).timestamp()) * 1000
    found = resets_between(before, after, "Europe/Paris", 150)
    assert len(found) == 2
    assert len(set(found)) == 2


# ---- parts ------------------------------------------------------------------------------


def test_nobody_leaves_an_empty_room() -> None:
    assert Spread().moved(((-1, 1.0),)) == Spread()
    assert Spread().drifted(0.0, 0.5) == Spread()
    assert Spread.at(2).moved(((-1, 0.5), (-3, 0.5))).quantile(0.5) == 1


def test_desks_beyond_all_belief_are_believed() -> None:
    assert Spread.at(1).at_least(9, (0.3, 0.05)).most == 9


@pytest.mark.parametrize(
    ("people", "warn_at", "capacity", "level"),
    [
        (3, None, None, None), (3, 5, 8, "ok"), (5, 5, 8, "warn"), (8, 5, 8, "full"),
        (9, None, 8, "full"),
    ],
)  # fmt: skip
def test_levels(people: int, warn_at: int | None, capacity: int | None, level: str | None) -> None:
    assert level_of(people, warn_at, capacity) == level


@pytest.mark.parametrize("kind", list(Kind))
def test_every_reason_has_words_in_both_languages(kind: Kind) -> None:
    reason = Reason(kind, 2, START, "Zoé | hall")
    assert reason_of(str(reason)) == reason
    paris = ZoneInfo("Europe/Paris")
    said = [
        sentences([str(reason)], texts, Moments(texts.locale, paris), START)[0]
        for texts in (translations("fr"), translations("en"))
    ]
    assert all(text and "%(" not in text for text in said)
    assert said[0] != said[1]
