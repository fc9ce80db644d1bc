"""What pages of hours, calendar, areas and doors have in common: a space, its day, its texts."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse
from sqlalchemy.ext.asyncio import AsyncSession

from loquet_server.days import zone
from loquet_server.errors import NoSpace, NotFound
from loquet_server.models import Site
from loquet_server.office import Office
from loquet_server.timetable.foresight import today_of
from loquet_server.timetable.repository import TimetableRepository
from loquet_server.timetable.words import weekday_heads
from loquet_server.web.i18n import Translations, translations
from loquet_server.web.moments import Moments
from loquet_server.web.pages import Audience, render
from loquet_server.web.rooms import said
from loquet_server.who import Actor, own


@dataclass(frozen=True, slots=True)
class Space:
    """The space that a page is about, as whoever looks at it reads it."""

    request: Request
    actor: Actor
    site: Site
    today: date
    texts: Translations

    def page(self, template: str, values: dict[str, Any], status: int = 200) -> HTMLResponse:
        """Return a page of this space."""
        common = {
            "space": self.site.name,
            "site": self.site,
            "today": self.today,
            "weekdays": weekday_heads(self.texts),
            "moments": Moments(self.texts.locale, zone(self.site.timezone)),
        }
        return render(self.request, template, common | values, status)

    def said(self, done: Mapping[str, str]) -> str:
        """Return the sentence for what was just done, one of these; mostly nothing."""
        return said(self.request, done, self.texts)


async def space_of(
    request: Request, session: AsyncSession, office: Office, actor: Actor, site: str | None = None
) -> Space:
    """Return the space of a site, by default the actor's or the first; raise NotFound."""
    wanted = site or actor.site
    if wanted is not None:
        found = await site_of(session, wanted, actor)
    else:
        first = await TimetableRepository(session).site(None)
        if first is None:
            raise NoSpace("there is no space yet")
        found = first
    texts = translations(Audience.of(request).language)
    return Space(request, actor, found, today_of(found, office.now_ms()), texts)


async def site_of(session: AsyncSession, site: str, actor: Actor) -> Site:
    """Return a site that is the actor's to see; raise NotFound."""
    own(actor, site, f"site {site!r}")
    found = await TimetableRepository(session).site(site)
    if found is None:
        raise NotFound(f"there is no site {site!r}")
    return found
