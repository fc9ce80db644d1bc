"""What is wrong with a unit, by rules alone: figures, times, and when it is over."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loquet_contract.wire.health import Health
from loquet_server.units import words
from loquet_server.units.signs import (
    GROWING_MS,
    LASTING,
    MINUTE_MS,
    OFFLINE_MS,
    UNCERTAIN_MS,
    Found,
    Sign,
    Standing,
    Watched,
    lasting,
    signs,
    watched,
)

NOW = 1_760_000_000_000
WELL = Standing(seen_at=NOW)
DAYS = 86_400


def health(**figures: int) -> Standing:
    return replace(WELL, health={Health[name]: value for name, value in figures.items()})


@pytest.mark.parametrize(
    ("unit", "found"),
    [
        (WELL, []),
        (Standing(known=False), [Found(Sign.NEVER_SEEN)]),
        (replace(WELL, online=False), [Found(Sign.OFFLINE)]),
        (health(TEMPERATURE=69), []),
        (health(TEMPERATURE=70), [Found(Sign.WARM, "70 °C")]),
        (health(TEMPERATURE=80), [Found(Sign.HOT, "80 °C")]),
        (health(UNDER_VOLTAGE=1, UNDER_VOLTAGE_NOW=1), [Found(Sign.SUPPLY_LOW)]),
        (health(UNDER_VOLTAGE=1, UNDER_VOLTAGE_NOW=0), [Found(Sign.SUPPLY_WAS_LOW)]),
        (health(DISK_FREE=500), []),
        (health(DISK_FREE=499), [Found(Sign.DISK_LITTLE, "499")]),
        (health(DISK_FREE=0), [Found(Sign.DISK_LOW, "0")]),
        (health(MEMORY_FREE=39), [Found(Sign.MEMORY_LOW, "39")]),
        (health(WIFI=-76), [Found(Sign.WIFI_WEAK, "-76 dBm")]),
        (health(CERTIFICATE_ENDS=NOW // 1000 + 22 * DAYS), []),
        (health(CERTIFICATE_ENDS=NOW // 1000 + 3 * DAYS), [Found(Sign.CERTIFICATE, "3")]),
        (health(CERTIFICATE_ENDS=NOW // 1000 - 3 * DAYS), [Found(Sign.CERTIFICATE, "0")]),
        (replace(WELL, clock_trusted=False), [Found(Sign.CLOCK)]),
        (replace(WELL, backlog=200), [Found(Sign.BACKLOG, "200")]),
        (replace(WELL, late_since=NOW - MINUTE_MS), []),
        (replace(WELL, late_since=NOW - MINUTE_MS - 1), [Found(Sign.POLICY_LATE)]),
        (
            replace(health(TEMPERATURE=72), readers={"a": "well", "b": "lost"}),
            [Found(Sign.READER_LOST, "b"), Found(Sign.WARM, "72 °C")],
        ),
    ],
)
def test_a_page_shows_what_is_to_be_seen_now(unit: Standing, found: list[Found]) -> None:
    assert signs(unit, NOW) == found


def test_of_a_unit_that_is_away_no_old_figure_is_shown_as_of_now() -> None:
    assert signs(replace(health(TEMPERATURE=85), online=False), NOW) == [Found(Sign.OFFLINE)]


def test_every_sign_has_words_and_advice() -> None:
    counted = {Sign.CERTIFICATE}
    """Its words have a plural."""
    assert words.SIGN.keys() | counted == words.ADVICE.keys() == set(Sign)


def looked(unit: Standing, since: Watched, now: int, *open_now: Sign) -> tuple[Watched, set[Sign]]:
    after = watched(unit, since, now)
    return after, set(lasting(unit, after, open_now, now))


def test_a_unit_that_is_away_for_a_while_is_an_incident_and_its_return_the_end() -> None:
    away = replace(WELL, online=False)
    since, found = looked(away, Watched(), NOW)
    assert found == set()
    since, found = looked(away, since, NOW + OFFLINE_MS - 1)
    assert found == set()
    since, found = looked(away, since, NOW + OFFLINE_MS)
    assert found == {Sign.OFFLINE}
    since, found = looked(WELL, since, NOW + OFFLINE_MS + 1, Sign.OFFLINE)
    assert (since, found) == (Watched(), set())


def test_heat_ends_only_some_degrees_below_where_it_began() -> None:
    assert lasting(health(TEMPERATURE=79), Watched(), (), NOW) == {}
    assert lasting(health(TEMPERATURE=80), Watched(), (), NOW) == {Sign.HOT: "80 °C"}
    assert lasting(health(TEMPERATURE=76), Watched(), (Sign.HOT,), NOW) == {Sign.HOT: "76 °C"}
    assert lasting(health(TEMPERATURE=74), Watched(), (Sign.HOT,), NOW) == {}


def test_room_on_the_card_too() -> None:
    assert set(lasting(health(DISK_FREE=99), Watched(), (), NOW)) == {Sign.DISK_LOW}
    assert set(lasting(health(DISK_FREE=150), Watched(), (), NOW)) == set()
    assert set(lasting(health(DISK_FREE=150), Watched(), (Sign.DISK_LOW,), NOW)) == {Sign.DISK_LOW}
    assert set(lasting(health(DISK_FREE=200), Watched(), (Sign.DISK_LOW,), NOW)) == set()


def test_a_backlog_counts_only_while_it_does_not_shrink() -> None:
    since, found = looked(replace(WELL, backlog=500), Watched(), NOW)
    since, found = looked(replace(WELL, backlog=400), since, NOW + GROWING_MS - 1)
    since, found = looked(replace(WELL, backlog=450), since, NOW + GROWING_MS + 1)
    assert found == set()  # it was shorter in between: the time began anew
    since, found = looked(replace(WELL, backlog=450), since, NOW + 2 * GROWING_MS)
    assert found == {Sign.BACKLOG_GROWS}
    since, found = looked(WELL, since, NOW + 2 * GROWING_MS + 1, Sign.BACKLOG_GROWS)
    assert found == set()


def test_an_uncertain_clock_counts_after_an_hour() -> None:
    lost = replace(WELL, clock_trusted=False)
    since, found = looked(lost, Watched(), NOW)
    assert found == set()
    since, found = looked(lost, since, NOW + UNCERTAIN_MS)
    assert found == {Sign.CLOCK}
    assert looked(WELL, since, NOW + UNCERTAIN_MS, Sign.CLOCK) == (Watched(), set())


def test_what_was_wrong_when_it_went_away_ends_with_its_return_alone() -> None:
    away = replace(health(TEMPERATURE=85), online=False)
    assert set(lasting(away, Watched(), (Sign.HOT, Sign.CLOCK), NOW)) == {Sign.HOT, Sign.CLOCK}
    assert set(lasting(away, Watched(), (), NOW)) == set()


@given(
    st.lists(
        st.tuples(
            st.booleans(), st.booleans(), st.integers(0, 3), st.integers(60, 90),
            st.integers(0, 300), st.integers(0, 30),
        ),
        max_size=40,
    )
)  # fmt: skip
def test_whatever_comes_a_unit_that_is_well_again_ends_everything(
    days: list[tuple[bool, bool, int, int, int, int]],
) -> None:
    since, now, open_now = Watched(), NOW, set[Sign]()
    for online, trusted, backlog, degrees, free, minutes in days:
        now += minutes * MINUTE_MS
        figures = {str(Health.TEMPERATURE): degrees, str(Health.DISK_FREE): free}
        unit = Standing(True, online, now, trusted, backlog, {}, figures)
        since = watched(unit, since, now)
        open_now = set(lasting(unit, since, open_now, now))
        assert open_now <= set(LASTING)
    assert lasting(WELL, watched(WELL, since, now), open_now, now) == {}
    assert signs(WELL, now) == []
