"""A house with a meeting room, a bookable desk and a projector; and what is asked of it."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from loquet_server.models import (
    AccessPoint,
    Area,
    BookingTerms,
    Desk,
    Door,
    Equipment,
    Holder,
    Site,
    UnitState,
)
from loquet_server.office import After, Office, Transaction
from loquet_server.reservations.keeper import keep
from loquet_server.reservations.service import Asked, By, Made, Reservations
from tests.server.house import SITE, UNIT, House

PARIS = ZoneInfo("Europe/Paris")
DAY = "2025-10-10"
"""A Friday, the day after the house's now."""


def ms(text: str, fold: int = 0) -> int:
    """Return a local time in Paris as UTC milliseconds."""
    local = datetime.fromisoformat(text).replace(tzinfo=PARIS, fold=fold)
    return int(local.timestamp()) * 1000


def asked(starts: str = f"{DAY}T10:00", ends: str = f"{DAY}T12:00", **changes: Any) -> Asked:
    """Return a wish for the room, by Camille."""
    values: dict[str, Any] = {
        "kind": "room", "resource": "reunion", "holder": "h1",
        "starts": datetime.fromisoformat(starts), "ends": datetime.fromisoformat(ends),
    }  # fmt: skip
    return Asked(**(values | changes))


async def furnish(house: House) -> None:
    """Add a room behind a door of its own, a bookable desk, a projector, and a second member."""
    site = str(SITE)
    async with house.database.with_transaction() as session:
        row = await session.get(Site, site)
        assert row is not None
        row.opening = "always"
        session.add_all(
            [
                Area(id="reunion", site=site, name="Réunion", booking_only=True),
                Holder(id="h2", site=site, name="Yanis"),
                Equipment(id="e1", site=site, name="Projector", place="Shelf", count=2),
                UnitState(unit=UNIT, online=True),
                BookingTerms(
                    plan="resident", kinds=["room", "desk"], longest=240, ahead_days=400,
                    open_most=3,
                ),
            ]
        )  # fmt: skip
        await session.flush()
        session.add(Door(id="salon", site=site, unit=UNIT, name="Salon"))
        desk = await session.get(Desk, "d1")
        assert desk is not None
        desk.bookable = True
        await session.flush()
        session.add(
            AccessPoint(
                id="salon-in", door="salon", reader="salon-in", area_from="salle",
                area_to="reunion",
            )
        )  # fmt: skip


HOST = By("host", limited=False)


async def book(office: Office, wish: Asked, by: By = HOST) -> Made:
    """Book in a transaction of its own."""
    after = After()
    async with office.database.with_transaction() as session:
        made = await Reservations(office, Transaction(session, after), by).book(str(SITE), wish)
    for step in after.steps:
        await step()
    return made


async def look(house: House, office: Office, at: int) -> None:
    """Let the keeper look at an instant (UTC milliseconds)."""
    house.now = at / 1000
    await keep(office)
