"""The spaces of this server, as pages of accounts need them."""

from zoneinfo import ZoneInfo

from babel import Locale
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from loquet_server.models import Site
from loquet_server.office import Office
from loquet_server.web.moments import Moments
from loquet_server.who import Actor


async def site_choices(session: AsyncSession, actor: Actor) -> list[tuple[str, str]]:
    """Return ids and names of the spaces that an actor sees, by name."""
    query = select(Site.id, Site.name).order_by(Site.name)
    if actor.site is not None:
        query = query.where(Site.id == actor.site)
    return [(site, name) for site, name in (await session.execute(query)).all()]


async def moments_of(office: Office, locale: Locale) -> Moments:
    """Return how instants are written: in the time zone of the first space."""
    async with office.database.reading() as session:
        zone = (await session.execute(select(Site.timezone).order_by(Site.id).limit(1))).scalar()
    return Moments(locale, ZoneInfo(zone or "Europe/Paris"))
