"""Bookings as iCalendar (RFC 5545): times on the wall with their zone, ids that stay, cancelled
ones marked, so that whoever subscribes sees changes and does not miss a cancellation.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from icalendar import Calendar, Event, Timezone

from loquet_server.models import Booking

PRODUCT = "-//Loquet//Bookings//EN"
MEDIA = "text/calendar; charset=utf-8"
REFRESH = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class Entry:
    """One booking with what is said of it."""

    row: Booking
    summary: str
    location: str = ""
    description: str = ""


def calendar(name: str, timezone: str, entries: Iterable[Entry]) -> bytes:
    """Return a calendar of bookings; UTF-8."""
    found = Calendar()
    found.add("prodid", PRODUCT)
    found.add("version", "2.0")
    found.add("calscale", "GREGORIAN")
    found.add("x-wr-calname", name)
    found.add("refresh-interval", REFRESH, parameters={"VALUE": "DURATION"})
    known = sorted(entries, key=lambda each: (each.row.starts_at, each.row.id))
    found.add_component(_zone(timezone, known))
    for each in known:
        found.add_component(_event(each, ZoneInfo(timezone)))
    return bytes(found.to_ical())


def _zone(timezone: str, entries: list[Entry]) -> Timezone:
    """Return the rules of a time zone for the years that matter."""
    first = min((each.row.starts_at for each in entries), default=0)
    last = max((each.row.ends_at for each in entries), default=first)
    start, end = (datetime.fromtimestamp(each / 1000, UTC).date() for each in (first, last))
    return Timezone.from_tzinfo(
        ZoneInfo(timezone), timezone, start.replace(month=1, day=1), end.replace(month=12, day=31)
    )


def _event(entry: Entry, zone: ZoneInfo) -> Event:
    row, found = entry.row, Event()
    found.add("uid", f"{row.id}@{row.site}.loquet")
    found.add("sequence", row.sequence)
    found.add("dtstamp", _utc(row.changed_at))
    found.add("last-modified", _utc(row.changed_at))
    found.add("created", _utc(row.created_at))
    found.add("dtstart", _local(row.starts_at, zone))
    found.add("dtend", _local(_end(row), zone))
    found.add("summary", entry.summary)
    if entry.location:
        found.add("location", entry.location)
    if entry.description:
        found.add("description", entry.description)
    found.add("status", "CANCELLED" if row.state in ("cancelled", "released") else "CONFIRMED")
    found.add("transp", "TRANSPARENT" if row.state == "cancelled" else "OPAQUE")
    return found


def _end(row: Booking) -> int:
    """Return when it ended; of one that never was, when it would have."""
    return row.free_at if row.state == "ended" and row.free_at > row.starts_at else row.ends_at


def _utc(ms: int) -> datetime:
    return datetime.fromtimestamp(ms // 1000, UTC)


def _local(ms: int, zone: ZoneInfo) -> datetime:
    return datetime.fromtimestamp(ms // 1000, zone)
