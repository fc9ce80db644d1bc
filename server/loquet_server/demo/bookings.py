"""What can be booked at Le Moulin, and a week of bookings around now."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from loquet_server import models
from loquet_server.demo import village
from loquet_server.models.base import Base

ROOM = "reunion"
PROJECTOR, BIKE = "evideo", "evelo"
_BOOKABLE = ("g01", "g02", "g03", "g04")
_PLANS = ("resident", "temps-plein")
# member, kind, resource, days from today, from and until (hours), title
_WEEK = (
    (0, "room", ROOM, 0, 9, 10.5, "Point d'équipe"),
    (2, "room", ROOM, 0, 11, 12, "Rendez-vous client"),
    (5, "room", ROOM, 0, 14, 16, "Atelier budget"),
    (8, "room", ROOM, 0, 17, 18.5, "Conseil d'administration"),
    (1, "desk", "g01", 0, 8.5, 12.5, ""),
    (3, "desk", "g02", 0, 9, 18, ""),
    (6, "desk", "g01", 0, 13.5, 18, ""),
    (4, "equipment", PROJECTOR, 0, 14, 16, ""),
    (7, "equipment", BIKE, 0, 12, 14, "Marché"),
    (2, "room", ROOM, 1, 9.5, 11, "Entretien"),
    (9, "room", ROOM, 1, 14, 17.5, "Formation tableur"),
    (3, "desk", "g02", 1, 9, 18, ""),
    (10, "desk", "g03", 1, 9, 12, ""),
    (0, "room", ROOM, 2, 9, 10.5, "Point d'équipe"),
    (5, "equipment", BIKE, 2, 9, 12, ""),
    (11, "room", ROOM, 4, 10, 12, "Réunion d'association"),
    (0, "room", ROOM, 7, 9, 10.5, "Point d'équipe"),
)


def is_bookable(desk: str) -> bool:
    """Return True for the desks by the window."""
    return desk in _BOOKABLE


def rows(now: datetime) -> Iterator[Base]:
    """Return a meeting room, things to lend, what plans allow, and bookings."""
    site, now_ms = village.SITE, int(now.timestamp() * 1000)
    yield models.Area(id=ROOM, site=site, name="Salle de réunion", rank=9, consumes=False)
    yield models.Equipment(
        id=PROJECTOR, site=site, name="Vidéoprojecteur", place="Armoire de l'accueil",
        note="Avec son câble HDMI.", count=2,
    )  # fmt: skip
    yield models.Equipment(id=BIKE, site=site, name="Vélo cargo", place="Cour", count=1)
    yield models.BookingSite(site=site, release_after=15)
    yield models.BookingResource(
        kind="room", resource=ROOM, site=site, bookable=True, slot=30, lead=10, lag=10
    )
    for plan in _PLANS:
        yield models.BookingTerms(
            plan=plan, kinds=["room", "desk", "equipment"], longest=480, ahead_days=60,
            open_most=10, month_minutes=None, outside_hours=plan == "resident", price="inclus",
        )  # fmt: skip
    yield from _bookings(now, now_ms)


def _bookings(now: datetime, now_ms: int) -> Iterator[Base]:
    members = village.members()
    zone = ZoneInfo(village.TIMEZONE)
    today = now.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None)
    if today.weekday() == 6:  # a Sunday is quiet
        today += timedelta(days=1)
    for at, (member, kind, resource, ahead, first, last, title) in enumerate(_WEEK):
        starts, ends = (
            int((today + timedelta(days=ahead, hours=hours)).replace(tzinfo=zone).timestamp())
            * 1000
            for hours in (first, last)
        )
        begun = starts <= now_ms
        yield models.Booking(
            id=f"bdemo{at:02d}", site=village.SITE, kind=kind, resource=resource,
            holder=members[member].id, title=title, starts_at=starts, ends_at=ends, free_at=ends,
            lead=10, lag=10, created_at=now_ms - 86_400_000, changed_at=now_ms - 86_400_000,
            created_by="Camille", checked_in_at=starts if begun else None,
            checked_in_by="hand" if begun else None, told_until=ends,
        )  # fmt: skip
