"""Hours made by chance, against a model that knows only days, minutes and "the later rule wins"."""

from dataclasses import dataclass, replace
from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from loquet_server.hours.calendar import (
    InvalidHours,
    Locality,
    holidays_of,
    opening,
    school_holidays,
    warnings,
)
from loquet_server.hours.schedules import bounds
from loquet_server.hours.year import days_of_year
from tests.server.hours.minutes import (
    DAY,
    DAYS,
    FIRST,
    MINUTES,
    PARIS,
    START,
    YEARS,
    Hours,
    by_page,
    by_unit,
    known_minutes,
    on_a_unit,
    shown,
    twice,
)

NAMES = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
ALSACE = Locality(PARIS, "FR", "67", "B")
DATES = [FIRST + timedelta(number) for number in range(DAYS)]
PUBLIC = {day for year in (2025, *YEARS) for day in holidays_of(ALSACE, year)}
SCHOOL = {
    first + timedelta(number)
    for first, last, _ in school_holidays(ALSACE, FIRST - timedelta(1), DAYS + 1)
    for number in range((last - first).days + 1)
}


@dataclass(frozen=True)
class Rule:
    """One rule: what is written, and what it means."""

    separator: str
    months: tuple[int, ...]
    weekdays: tuple[int, ...]
    public: bool
    school: bool
    among: bool
    spans: tuple[tuple[int, int], ...]
    state: str

    def text(self) -> str:
        months = ",".join(MONTHS[month - 1] for month in self.months)
        names = ",".join(NAMES[day] for day in self.weekdays)
        holidays = ",".join(name for name, on in (("PH", self.public), ("SH", self.school)) if on)
        between = " " if self.among else ","
        days = between.join(each for each in (holidays, names) if each)
        if not days and not months and self.separator == ",":
            days = "Mo-Su"  # else its times would go on with the list before the comma
        times = ",".join(f"{clock(start)}-{clock(end)}" for start, end in self.spans)
        state = "" if self.state == "open" else self.state
        return " ".join(each for each in (months, days, times, state) if each)

    def holds(self, day: date) -> bool:
        holiday = (self.public and day in PUBLIC) or (self.school and day in SCHOOL)
        weekday = day.weekday() in self.weekdays
        if not (self.public or self.school):
            found = weekday or not self.weekdays
        elif self.among and self.weekdays:
            found = holiday and weekday
        else:
            found = holiday or weekday
        return found and (not self.months or day.month in self.months)


def clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"


def model(rules: list[Rule]) -> bytearray:
    """Return for each wall-clock minute of two years whether it is certainly open."""
    found = bytearray(MINUTES)
    for number, day in enumerate(DATES):
        today = bytearray(DAY)
        for rule in rules:
            if not rule.holds(day):
                continue
            if rule.separator != ",":
                if rule.state == "off" and rule.spans:
                    pass
                else:
                    today = bytearray(DAY)
            for start, end in rule.spans or ((0, DAY),):
                value = b"\1" if rule.state == "open" else b"\0"
                today[start:end] = value * (end - start)
        found[number * DAY : (number + 1) * DAY] = today
    return found


quarters = st.integers(0, 96).map(lambda quarter: quarter * 15)


@st.composite
def spans(draw: st.DrawFn) -> tuple[tuple[int, int], ...]:
    """One or two spans within a day."""
    edges = sorted(draw(st.lists(quarters, min_size=2, max_size=4, unique=True)))
    pairs = zip(edges[::2], edges[1::2], strict=False)
    return tuple((start, end) for start, end in pairs)


@st.composite
def rule(draw: st.DrawFn) -> Rule:
    public, school = draw(st.booleans()), draw(st.sampled_from([False, False, True]))
    weekdays = tuple(sorted(draw(st.sets(st.integers(0, 6), max_size=5))))
    months = tuple(sorted(draw(st.sets(st.integers(1, 12), max_size=3))))
    state = draw(st.sampled_from(["open", "open", "open", "off", "unknown"]))
    whole = state == "off" and bool(weekdays or months or public or school)
    return Rule(
        draw(st.sampled_from([";", ";", ","])),
        months,
        weekdays,
        public,
        school,
        draw(st.booleans()),
        () if whole else draw(spans()),
        "off" if whole else "open" if state == "off" else state,
    )


def written(rules: list[Rule]) -> str:
    return "".join(
        f"{each.separator} {each.text()}" if at else each.text() for at, each in enumerate(rules)
    )


@settings(max_examples=40, deadline=None)
@given(st.lists(rule(), min_size=1, max_size=4))
def test_generated_hours_mean_what_the_model_says(rules: list[Rule]) -> None:
    hours = Hours(written(rules))
    page = by_page(day for year in YEARS for day in days_of_year(hours, ALSACE, (), year))
    unit = by_unit(on_a_unit(bounds(hours, ALSACE, (), START, DAYS)))
    assert known_minutes(page) == known_minutes(shown(unit))
    expected = model(rules)
    for begin, end in twice():
        assert all(page[at] for at in range(begin, end) if expected[at])
        page[begin:end] = expected[begin:end]
    assert known_minutes(page) == known_minutes(expected), hours.hours


@settings(max_examples=20, deadline=None)
@given(
    st.sets(st.integers(0, 6), min_size=1),
    st.integers(73, 95).map(lambda quarter: quarter * 15),
    st.integers(1, 30).map(lambda quarter: quarter * 15),
    rule().filter(lambda each: bool(each.weekdays or each.months or each.public)),
)
def test_nights_belong_to_the_day_on_which_they_begin(
    weekdays: set[int], start: int, end: int, off: Rule
) -> None:
    off = replace(off, spans=(), state="off", separator=";")
    names = ",".join(NAMES[day] for day in sorted(weekdays))
    hours = Hours(f"{names} {clock(start)}-{clock(end)}; {off.text()}")
    expected = bytearray(MINUTES)
    eve = FIRST - timedelta(1)
    begun = eve.weekday() in weekdays and not off.holds(eve)
    for number, day in enumerate(DATES):
        at, shut = number * DAY, off.holds(day)
        if begun and not shut:
            expected[at : at + end] = b"\1" * end
        begun = day.weekday() in weekdays and not shut
        if begun:
            expected[at + start : at + DAY] = b"\1" * (DAY - start)
    page = by_page(day for year in YEARS for day in days_of_year(hours, ALSACE, (), year))
    for begin, stop in twice():
        page[begin:stop] = expected[begin:stop]
    assert known_minutes(page) == known_minutes(expected), hours.hours


@settings(max_examples=25, deadline=None)
@given(st.lists(rule(), min_size=1, max_size=4))
def test_every_trap_of_generated_hours_can_be_said(rules: list[Rule]) -> None:
    for trap in warnings(written(rules), ALSACE, FIRST.year):
        assert trap.args.keys() == {name for name in trap.args if f"%({name})s" in trap.text}
        assert "%(" not in str(trap)


PIECES = ["Mo", "We-Fr", "PH", "SH", " ", ",", "; ", " || ", "09:00-12:00", "22:00-02:00", "18:00+",
          "off", "unknown", '"x"', "[1]", "Jan", "Feb 29", "week 53", "2026", " +1 day", "-2 days",
          "24/7", ":", "\n", "é", "sunrise", "9h", "(", "/", "easter", "%(x)s", "%"]  # fmt: skip


@settings(max_examples=250, deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=8).map("".join) | st.text(max_size=20))
def test_whatever_is_written_is_understood_or_refused_with_a_place(text: str) -> None:
    try:
        found = opening(text, ALSACE, FIRST, 40)
    except InvalidHours as error:
        assert str(error)
        assert error.hint
        assert error.position is None or 0 <= error.position <= len(text)
        return
    assert all(start < end for start, end in found)
    assert list(found) == sorted(found)
    warnings(text, ALSACE, FIRST.year)
