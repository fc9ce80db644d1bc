"""What pages of hours, calendar, areas and doors have in common: a space, its day, its texts."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse, RedirectResponse
from sqlalchemy.ext.asyncio import AsyncSession

from loquet_server.days import zone
from loquet_server.errors import NotFound
from loquet_server.models import Site
from loquet_server.office import Office
from loquet_server.timetable.foresight import today_of
from loquet_server.timetable.repository import TimetableRepository
from loquet_server.timetable.words import weekday_heads
from loquet_server.web.i18n import Translations, translations
from loquet_server.web.moments import Moments
from loquet_server.web.pages import Audience, render
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
            "done": self.request.query_params.get("done", ""),
        }
        return render(self.request, template, common | values, status)


async def space_of(
    request: Request, session: AsyncSession, office: Office, actor: Actor, site: str | None = None
) -> Space:
    """Return the space of a site, by default the actor's or the first; raise NotFound."""
    found = await TimetableRepository(session).site(site or actor.site)
    if found is None:
        raise NotFound("there is no space yet")
    own(actor, found.id, f"site {found.id!r}")
    texts = translations(Audience.of(request).language)
    return Space(request, actor, found, today_of(found, office.now_ms()), texts)


def go(path: str, done: str = "") -> RedirectResponse:
    """Return a redirect after a change; ``done`` is the word for what was done."""
    return RedirectResponse(f"{path}?done={done}" if done else path, 303)
