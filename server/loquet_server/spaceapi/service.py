"""The document, made of what the manager said, the opening hours and the count of people.

Rules: https://schema.spaceapi.io/15.json. ``state.open`` follows the opening hours alone, so
that nobody can tell from it who came early.
"""

from typing import Any, Final

from sqlalchemy.ext.asyncio import AsyncSession

from loquet_server.headcount.reading import headcounts
from loquet_server.identity.preferences import keep
from loquet_server.identity.repository import IdentityRepository
from loquet_server.models import Site
from loquet_server.spaceapi.schemas import PublicSpace
from loquet_server.usual.openings import openings

PREFERENCE: Final = "spaceapi"
FEWEST: Final = 3
"""Fewer people than this are never told of."""
STEP: Final = 5
DAYS_BACK: Final = 8
DAY: Final = 86_400


def preference_of(site: str) -> str:
    """Return the name under which it is kept what is said of a space."""
    return f"{PREFERENCE}:{site}"[:64]


async def load(session: AsyncSession, site: str) -> PublicSpace | None:
    """Return what was said of a space, or None."""
    row = await IdentityRepository(session).preference(preference_of(site))
    return None if row is None or not row.value else PublicSpace.model_validate(row.value)


async def store(session: AsyncSession, site: str, said: PublicSpace) -> None:
    """Keep what is said of a space."""
    await keep(session, preference_of(site), said.model_dump())


async def document(
    session: AsyncSession, site: Site, said: PublicSpace, now_ms: int
) -> dict[str, Any]:
    """Return the whole document."""
    now = now_ms // 1000
    hours = await openings(session, site, now - DAYS_BACK * DAY, DAYS_BACK + 2)
    is_open = hours.written and hours.is_open(now)
    found: dict[str, Any] = {
        "api_compatibility": ["15"],
        "space": site.name,
        "logo": said.logo,
        "url": said.url,
        "location": _location(site, said),
        "contact": {"email": said.mail} | ({"phone": said.phone} if said.phone else {}),
    }
    if hours.written:
        turned = [each for each in hours.bounds if each <= now]
        found["state"] = {"open": is_open} | ({"lastchange": turned[-1]} if turned else {})
    if said.people and is_open:
        people = await session.run_sync(_people, site.id, now_ms)
        if people is not None:
            found["sensors"] = {
                "people_now_present": [{"value": people, "description": f"rounded to {STEP}"}]
            }
    return found


def rounded(people: int) -> int | None:
    """Return a number that follows nobody: None for a few, else to the nearest five."""
    return None if people < FEWEST else (people + STEP // 2) // STEP * STEP


def _people(session: Any, site: str, now_ms: int) -> int | None:
    found = [each.present for each in headcounts(session, site, now_ms).values()]
    known = [each for each in found if each is not None]
    return rounded(sum(known)) if known else None


def _location(site: Site, said: PublicSpace) -> dict[str, Any]:
    found: dict[str, Any] = {
        "lat": said.latitude,
        "lon": said.longitude,
        "timezone": site.timezone,
        "country_code": site.country,
    }
    if site.address:
        found["address"] = site.address
    if said.hint:
        found["hint"] = said.hint
    return found
