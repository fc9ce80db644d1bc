"""A weekly form, to and from ``opening_hours``."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loquet_server.hours.form import OnHolidays, Spans, WeeklyForm, from_hours, to_hours

DAY = 24 * 60
WORK = ((540, 1080),)


def week(**days: Spans) -> tuple[Spans, ...]:
    return tuple(days.get(name, ()) for name in ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su"))


WORKING = week(Mo=WORK, Tu=WORK, We=WORK, Th=WORK, Fr=WORK)


@pytest.mark.parametrize(
    ("form", "hours"),
    [
        (WeeklyForm(), "off"),
        (WeeklyForm(WORKING), "Mo-Fr 09:00-18:00"),
        (WeeklyForm(WORKING, OnHolidays.CLOSED), "Mo-Fr 09:00-18:00; PH off"),
        (WeeklyForm(WORKING, OnHolidays.OWN, ((600, 720),)), "Mo-Fr 09:00-18:00; PH 10:00-12:00"),
        (WeeklyForm((((0, DAY),),) * 7), "24/7"),
        (WeeklyForm((((0, DAY),),) * 7, OnHolidays.CLOSED), "24/7; PH off"),
        (
            WeeklyForm(week(Tu=((540, 720), (840, 1080)), We=WORK, Th=((540, 720), (840, 1080)))),
            "Tu,Th 09:00-12:00,14:00-18:00; We 09:00-18:00",
        ),
        (
            WeeklyForm(week(Fr=((1320, DAY + 120),), Sa=((600, 720), (1320, DAY + 120)))),
            "Fr 22:00-02:00, Sa 10:00-12:00,22:00-02:00",
        ),
        (WeeklyForm(week(Mo=((600, DAY),), Tu=((0, 120),))), "Mo 10:00-24:00; Tu 00:00-02:00"),
    ],
)
def test_a_form_is_written_and_read_again(form: WeeklyForm, hours: str) -> None:
    assert to_hours(form) == hours
    assert from_hours(hours) == form


@pytest.mark.parametrize(
    ("hours", "again"),
    [
        ("Mo-Fr 09:00-12:00; Mo-Fr 14:00-18:00", "Mo-Fr 14:00-18:00"),
        ("Mo-Fr 09:00-12:00, Mo-Fr 14:00-18:00", "Mo-Fr 09:00-12:00,14:00-18:00"),
        ("Mo-Su 09:00-18:00; Sa-Su off; PH off", "Mo-Fr 09:00-18:00; PH off"),
        ("Mo-Fr,PH 09:00-18:00", "Mo-Fr 09:00-18:00; PH 09:00-18:00"),
        ("09:00-18:00", "Mo-Su 09:00-18:00"),
        ("Mo-Fr 9:00-18:00;", "Mo-Fr 09:00-18:00"),
        ("Fr-Mo 20:00-26:00", "Mo,Fr-Su 20:00-02:00"),
        ("Mo-Fr 08:00-12:00,11:00-13:00", "Mo-Fr 08:00-13:00"),
    ],
)
def test_what_means_the_same_has_a_form(hours: str, again: str) -> None:
    form = from_hours(hours)
    assert form is not None
    assert to_hours(form) == again


@pytest.mark.parametrize(
    "hours",
    [
        "Jul-Aug Mo-Fr 09:00-18:00",
        "Mo-Fr 09:00-18:00; SH off",
        "Sa[1] 09:00-12:00",
        'Mo-Fr 09:00-18:00 "sur rendez-vous"',
        "Mo-Fr 09:00-18:00 || Sa 10:00-12:00",
        "Mo-Fr 18:00+",
        "PH off; Mo-Fr 09:00-18:00",
        "PH Mo-Fr 09:00-18:00",
        "PH -1 day off",
        "Mo 08:00-09:00,10:00-11:00,12:00-13:00,14:00-15:00",
        "Fr 22:00-02:00; Sa 10:00-12:00",
        "Mo-Fr 09:00-18:00, Mo-Fr 12:00-13:00 off",
        "Mo-Fr 9h-18h",
        "",
    ],
)
def test_what_says_more_than_a_form_has_none(hours: str) -> None:
    assert from_hours(hours) is None


quarters = st.integers(0, 96).map(lambda quarter: quarter * 15)


@st.composite
def day(draw: st.DrawFn) -> Spans:
    edges = sorted(draw(st.lists(quarters, min_size=0, max_size=6, unique=True)))
    return tuple(zip(edges[::2], edges[1::2], strict=False))


forms = st.builds(
    WeeklyForm, st.tuples(*(day() for _ in range(7))), st.sampled_from(list(OnHolidays)), day()
)


@settings(max_examples=40, deadline=None)
@given(forms)
def test_every_form_comes_back(form: WeeklyForm) -> None:
    found = from_hours(to_hours(form))
    assert found is not None
    assert found.days == form.days
    if form.on_holidays is OnHolidays.OWN and form.holiday:
        assert found.holiday == form.holiday
    elif form.on_holidays is not OnHolidays.AS_USUAL:
        assert found.on_holidays is OnHolidays.CLOSED
    else:
        assert found.on_holidays is OnHolidays.AS_USUAL
    assert to_hours(found) == to_hours(form)
