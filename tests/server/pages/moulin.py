"""Le Moulin behind a whole office: open from Monday to Friday, 9 to 18."""

from pathlib import Path

from loquet_server.database import Database
from loquet_server.models import Schedule, Site
from loquet_server.office import Office
from tests.server.desk import make_office
from tests.server.house import House
from tests.server.pages import space


async def moulin(database: Database, folder: Path) -> tuple[House, Office]:
    """Return the furnished space, whose clock is ``house.now``, and its office."""
    house = House(database)
    house.now = space.NOW / 1000
    async with database.with_transaction() as session:
        session.add(Schedule(id="hours", site="moulin", name="Horaires", hours="Mo-Fr 09:00-18:00"))
        row = await session.get(Site, "moulin")
        assert row is not None
        row.opening = "hours"
    return house, make_office(house, folder)[0]
