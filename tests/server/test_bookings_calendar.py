"""Calendars of bookings, read back by the library: zones, changes, cancellations. Pure."""

from datetime import datetime, timedelta, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from icalendar import Calendar

from loquet_server.models import Booking
from loquet_server.reservations.ics import Entry, calendar
from tests.server.bookings import ms

PARIS = ZoneInfo("Europe/Paris")


def booking(starts: str, ends: str, **changes: Any) -> Booking:
    values: dict[str, Any] = {
        "id": "b1", "site": "maison", "kind": "room", "resource": "r", "holder": "h1",
        "starts_at": ms(starts), "ends_at": ms(ends), "free_at": ms(ends), "state": "booked",
        "sequence": 0, "created_at": ms("2026-01-01T10:00"), "changed_at": ms("2026-01-01T10:00"),
    }  # fmt: skip
    return Booking(**(values | changes))


def events(*rows: Booking) -> tuple[Calendar, list[Any]]:
    text = calendar("Réunion", "Europe/Paris", [Entry(row, "Réservé", "Réunion") for row in rows])
    found = Calendar.from_ical(text)
    assert isinstance(found, Calendar)
    return found, found.walk("VEVENT")


@pytest.mark.parametrize(
    ("starts", "ends", "offset", "hours"),
    [
        ("2026-03-27T09:00", "2026-03-27T10:30", 1, 1.5),
        ("2026-03-30T09:00", "2026-03-30T10:30", 2, 1.5),
        ("2026-03-29T01:00", "2026-03-29T04:00", 1, 2),
        ("2026-10-25T01:00", "2026-10-25T04:00", 2, 4),
        ("2026-10-26T09:00", "2026-10-26T10:30", 1, 1.5),
    ],
)
def test_times_stay_on_the_wall_over_the_change(
    starts: str, ends: str, offset: int, hours: float
) -> None:
    whole, (event,) = events(booking(starts, ends))
    begin, end = event["DTSTART"], event["DTEND"]
    assert begin.params["TZID"] == "Europe/Paris"
    assert begin.dt.replace(tzinfo=None) == datetime.fromisoformat(starts)
    assert begin.dt.utcoffset() == timedelta(hours=offset)
    assert (end.dt.timestamp() - begin.dt.timestamp()) / 3600 == hours
    (zone,) = whole.walk("VTIMEZONE")
    assert zone["TZID"] == "Europe/Paris"
    read: tzinfo = zone.to_tz()  # type: ignore[attr-defined]
    assert datetime.fromisoformat(starts).replace(tzinfo=read).utcoffset() == timedelta(
        hours=offset
    )


def test_an_event_keeps_its_id_and_grows_with_each_change() -> None:
    _, (first,) = events(booking("2026-06-01T09:00", "2026-06-01T10:00"))
    _, (moved,) = events(booking("2026-06-01T11:00", "2026-06-01T12:00", sequence=1))
    _, (gone,) = events(
        booking("2026-06-01T11:00", "2026-06-01T12:00", sequence=2, state="cancelled",
                free_at=ms("2026-06-01T11:00"))
    )  # fmt: skip
    assert first["UID"] == moved["UID"] == gone["UID"] == "b1@maison.loquet"
    assert [each["SEQUENCE"] for each in (first, moved, gone)] == [0, 1, 2]
    assert [str(each["STATUS"]) for each in (first, moved, gone)] == [
        "CONFIRMED", "CONFIRMED", "CANCELLED",
    ]  # fmt: skip
    assert gone["DTEND"].dt > gone["DTSTART"].dt


def test_an_empty_calendar_is_one_too() -> None:
    whole, found = events()
    assert found == []
    assert whole["X-WR-CALNAME"] == "Réunion"
