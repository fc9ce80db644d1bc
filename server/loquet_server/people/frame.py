"""What every page of people shows around its own matter."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from babel.dates import format_date
from fastapi import Request
from fastapi.responses import HTMLResponse, RedirectResponse
from sqlalchemy.ext.asyncio import AsyncSession

from loquet_server.days import zone
from loquet_server.models import Site
from loquet_server.office import Office
from loquet_server.people.repository import PeopleRepository
from loquet_server.web.i18n import Translations, translations
from loquet_server.web.moments import Moments
from loquet_server.web.pages import Audience, render
from loquet_server.who import Actor


@dataclass(frozen=True, slots=True)
class Frame:
    """A space as one person looks at it now."""

    request: Request
    site: Site
    texts: Translations
    moments: Moments
    now_ms: int

    @classmethod
    async def of(
        cls, request: Request, office: Office, session: AsyncSession, actor: Actor
    ) -> "Frame":
        """Return the frame of a request; raise NotFound if there is no space yet."""
        site = await PeopleRepository(session, actor).site()
        texts = translations(Audience.of(request).language)
        moments = Moments(texts.locale, zone(site.timezone))
        return cls(request, site, texts, moments, office.now_ms())

    @property
    def today(self) -> date:
        """The local day."""
        return local_day(self.now_ms, self.site.timezone)

    def show(self, template: str, values: dict[str, Any], status: int = 200) -> HTMLResponse:
        """Return a page in this frame."""
        around = {
            "space": self.site.name,
            "moments": self.moments,
            "today": self.today.isoformat(),
            "now_ms": self.now_ms,
            "done": self.request.query_params.get("done", ""),
        }
        return render(self.request, template, around | values, status)

    def day(self, iso: str | None) -> str:
        """Return a local ISO date in words, nothing for none."""
        if not iso:
            return ""
        return format_day(date.fromisoformat(iso), self.texts)


def format_day(day: date, texts: Translations) -> str:
    """Return a day such as 3 janv. 2027."""
    return str(format_date(day, "medium", locale=texts.locale))


def local_day(ms: int, timezone: str) -> date:
    """Return the local calendar day of an instant (UTC milliseconds)."""
    return datetime.fromtimestamp(ms / 1000, zone(timezone)).date()


def midnight(day: date, timezone: str) -> int:
    """Return the local start of a day, UTC seconds."""
    return int(datetime(day.year, day.month, day.day, tzinfo=zone(timezone)).timestamp())


def go(path: str, done: str = "") -> RedirectResponse:
    """Return a redirect after a change; ``done`` is the word for what was done."""
    return RedirectResponse(f"{path}?done={done}" if done else path, 303)
