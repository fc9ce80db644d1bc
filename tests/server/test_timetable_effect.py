"""What a change of hours means for whom: read by a person first, then brute force."""

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loquet_server.hours.locality import Locality
from loquet_server.timetable.effect import (
    Audience,
    Change,
    Kind,
    Line,
    Spans,
    compare,
    effect,
    union,
)
from loquet_server.timetable.rows import (
    AreaRow,
    DoorRow,
    EntryRow,
    Group,
    Hours,
    RuleRow,
    Timetable,
)

TODAY = date(2026, 11, 22)
"""A Sunday."""
PARIS = Locality("Europe/Paris", "FR", "35", "B")
FULL, PART, RESIDENT = "full", "part", "resident"
WORK = "Mo-Sa 09:00-18:00; PH off"
WORKDAYS = (0, 1, 2, 3, 4)


def space(
    hours: str, *entries: EntryRow, evenings: str = "Mo-Fr 18:00-23:00", locality: Locality = PARIS
) -> Timetable:
    """Return a space of two areas in which 12 people go by the opening hours."""
    return Timetable(
        locality,
        "open",
        180,
        {
            "open": Hours("open", "Open", hours=hours),
            "evenings": Hours("evenings", "Evenings", hours=evenings),
            "always": Hours("always", "Always", always=True, follows_calendar=False),
        },
        entries,
        (AreaRow("hall", "Hall"), AreaRow("workshop", "Workshop", "evenings")),
        (DoorRow("front", "Front door", "open", ("hall",)), DoorRow("back", "Back door")),
        (
            RuleRow(FULL, ("hall",), None),
            RuleRow(PART, ("hall",), None),
            RuleRow(RESIDENT, ("hall", "workshop"), "always"),
        ),
        {FULL: ("Temps plein", "Full time"), PART: ("Partiel", "Part"), RESIDENT: ("R", "R")},
        (
            Group(frozenset({(FULL, None)}), 12),
            Group(frozenset({(PART, (0, 1))}), 3),
            Group(frozenset({(FULL, None), (RESIDENT, None)}), 2),
            Group(frozenset(), 5),
        ),
    )


def entry(kind: str, starts: str, ends: str, **more: object) -> EntryRow:
    return EntryRow("e", kind, "E", starts, ends, **more)  # type: ignore[arg-type]


def of(lines: tuple[Line, ...], audience: Audience) -> list[tuple[int, Change]]:
    return [(line.count, line.change) for line in lines if line.audience is audience]


def test_twelve_members_lose_saturday_and_a_door_stays_locked() -> None:
    lines = effect(space(WORK), space("Mo-Fr 09:00-18:00; PH off"), TODAY)
    saturday = Change(Kind.LOST, (5,), (), ((540, 1080),), ())
    assert lines == (
        Line(Audience.MEMBERS, 12, (FULL,), (), saturday),
        Line(Audience.DOORS, 1, ("Front door",), (), saturday),
    )


def test_who_comes_on_chosen_weekdays_loses_nothing_else() -> None:
    lines = effect(space(WORK), space("Tu-Sa 09:00-18:00; PH off"), TODAY)
    assert of(lines, Audience.MEMBERS) == [
        (15, Change(Kind.LOST, (0,), (), ((540, 1080),), ())),
    ]


@pytest.mark.parametrize(
    ("hours", "kind", "after"),
    [
        ("Mo-Sa 08:00-18:00; PH off", Kind.EARLIER, ((480, 1080),)),
        ("Mo-Sa 10:00-18:00; PH off", Kind.LATER, ((600, 1080),)),
        ("Mo-Sa 09:00-17:00; PH off", Kind.SHORTER, ((540, 1020),)),
        ("Mo-Sa 09:00-21:00; PH off", Kind.LONGER, ((540, 1260),)),
        ("Mo-Sa 09:00-12:00,14:00-18:00; PH off", Kind.CHANGED, ((540, 720), (840, 1080))),
        ("Mo-Sa 09:00-26:00; PH off", Kind.LONGER, ((540, 1560),)),
    ],
)
def test_each_kind_of_change(hours: str, kind: Kind, after: Spans) -> None:
    doors = of(effect(space(WORK), space(hours), TODAY), Audience.DOORS)
    week = [change for _, change in doors if change.weekdays]
    assert [(each.kind, each.weekdays, each.before, each.after) for each in week] == [
        (kind, (0, 1, 2, 3, 4, 5), ((540, 1080),), after)
    ]


def test_holidays_are_said_by_date_where_their_weekday_says_nothing() -> None:
    (line,) = [
        each
        for each in effect(space(WORK), space("Mo-Sa 09:00-18:00"), TODAY)
        if each.audience is Audience.DOORS
    ]
    assert (line.change.kind, line.change.weekdays) == (Kind.GAINED, ())
    assert date(2026, 12, 25) in line.change.dates
    assert date(2027, 7, 14) in line.change.dates
    assert date(2027, 8, 15) not in line.change.dates  # a Sunday
    alsace = Locality("Europe/Paris", "FR", "67", "B")
    (there,) = of(
        effect(space(WORK, locality=alsace), space("Mo-Sa 09:00-18:00", locality=alsace), TODAY),
        Audience.DOORS,
    )
    assert set(there[1].dates) - set(line.change.dates) == {date(2026, 12, 26), date(2027, 3, 26)}


def test_a_closure_is_said_by_its_days_and_spares_who_may_always_come() -> None:
    closed = entry("closure", "2026-12-24T14:00", "2027-01-02T00:00")
    lines = effect(space(WORK), space(WORK, closed), TODAY)
    members = of(lines, Audience.MEMBERS)
    shorter = Change(Kind.SHORTER, (), (date(2026, 12, 24),), ((540, 1080),), ((540, 840),))
    days = tuple(date(2026, 12, day) for day in (26, 28, 29, 30, 31))
    assert (12, shorter) in members
    assert (12, Change(Kind.LOST, (), days, ((540, 1080),), ())) in members
    assert sum(count for count, change in members if change == shorter) == 12


def test_a_closure_of_one_area_names_it_and_leaves_the_rest() -> None:
    closed = entry("closure", "2026-12-01T00:00", "2026-12-02T00:00", area="workshop")
    assert effect(space(WORK), space(WORK, closed), TODAY) == ()


def test_an_event_lets_its_audience_in_and_names_its_area() -> None:
    party = entry(
        "event", "2026-12-05T20:00", "2026-12-06T02:00", area="workshop", everybody=True,
        lead_minutes=15, lag_minutes=15,
    )  # fmt: skip
    lines = effect(space(WORK), space(WORK, party), TODAY)
    gained = Change(Kind.GAINED, (), (date(2026, 12, 5),), (), ((1185, 1575),))
    assert [(each.count, each.areas, each.change) for each in lines] == [
        (20, ("Workshop",), gained)  # not the two who may always be there
    ]
    few = entry("event", "2026-12-05T20:00", "2026-12-06T02:00", plans=(PART,))
    lines = effect(space(WORK), space(WORK, few), TODAY)
    assert [(each.count, each.areas) for each in lines] == [(3, ())]


def test_a_season_is_said_by_its_dates_not_by_its_weekday() -> None:
    (line,) = of(effect(space(WORK), space(f"{WORK}; Aug off"), TODAY), Audience.DOORS)
    assert line[1].weekdays == ()
    assert line[1].dates[0] == date(2027, 8, 2)
    assert all(day.month == 8 for day in line[1].dates)


def test_the_nights_of_the_clock_change_change_nothing() -> None:
    night = "Mo-Su 22:00-06:00"
    assert effect(space(night), space("Mo-Su 22:00-24:00,00:00-06:00"), date(2026, 3, 1)) == ()


def test_hours_that_cannot_be_read_open_nothing() -> None:
    (line,) = of(effect(space(WORK), space("gibberish"), TODAY), Audience.DOORS)
    assert (line[1].kind, line[1].weekdays) == (Kind.LOST, (0, 1, 2, 3, 4, 5))


def test_another_time_zone_is_the_same_by_the_clock_on_the_wall() -> None:
    there = Locality("Indian/Reunion", "FR", "35", "B")
    assert effect(space(WORK), space(WORK, locality=there), TODAY) == ()


@given(
    st.sampled_from(["off", "Mo-Fr 08:00-12:00", "Sa 10:00-26:00", "24/7", "Mo-Su 22:00-06:00"]),
    st.sampled_from(["off", "Mo-Fr 08:00-12:00", "We 08:00-12:00,14:00-18:00", "PH 10:00-12:00"]),
)
@settings(max_examples=20, deadline=None)
def test_nothing_changes_exactly_where_nothing_differs(one: str, other: str) -> None:
    doors = of(effect(space(one), space(other), TODAY), Audience.DOORS)
    assert (doors == []) == (one == other)


@given(st.data())
@settings(max_examples=60, deadline=None)
def test_each_changed_day_is_said_once(data: st.DataObject) -> None:
    shapes: list[Spans] = [(), ((540, 1080),), ((600, 720),), ((540, 720), (840, 1080))]
    days = [TODAY + timedelta(at) for at in range(70)]
    usual = {weekday: data.draw(st.sampled_from(shapes)) for weekday in range(7)}
    pairs = {
        day: (usual[day.weekday()], data.draw(st.sampled_from([usual[day.weekday()], *shapes])))
        for day in days
    }
    odd = data.draw(st.sets(st.sampled_from(days), max_size=9))
    said: dict[date, list[Change]] = {day: [] for day in days}
    changes = compare(pairs, odd)
    for change in changes:
        for day in days:
            if day in change.dates or day.weekday() in change.weekdays:
                said[day].append(change)
    for day, (before, after) in pairs.items():
        dated = [each for each in said[day] if day in each.dates]
        if before != after:
            assert said[day]
            assert len(dated) <= 1
            kinds = {each.kind for each in dated or said[day]}
            assert (Kind.LOST in kinds) == (after == ())
        else:
            assert dated == []


@given(st.lists(st.lists(st.integers(0, 50), min_size=0, max_size=6), max_size=5))
def test_a_union_is_what_is_in_any(raw: list[list[int]]) -> None:
    bounds = [tuple(sorted(set(each)))[: len(set(each)) // 2 * 2] for each in raw]
    made = union(bounds)
    assert list(made) == sorted(made)
    for at in range(51):
        inside = any(
            each[pair] <= at < each[pair + 1] for each in bounds for pair in range(0, len(each), 2)
        )
        found = any(made[pair] <= at < made[pair + 1] for pair in range(0, len(made), 2))
        assert inside == found
