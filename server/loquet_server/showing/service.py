"""How full a space is, as everybody may know it."""

from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from loquet_server.days import instant, zone
from loquet_server.models import Site
from loquet_server.reservations.reading import reserved
from loquet_server.showing.schemas import PublicOut
from loquet_server.usual.bands import BANDS, Band
from loquet_server.usual.now import desks_now, whole
from loquet_server.usual.openings import openings
from loquet_server.web.i18n import translations
from loquet_server.web.telling import Clock

AHEAD_DAYS = 28
"""How far ahead the next opening is looked for."""


@dataclass(frozen=True, slots=True)
class Public:
    """What everybody may know. ``opens``: UTC seconds."""

    site: Site
    now: int
    written: bool
    open: bool
    band: Band | None
    opens: int | None

    def told(self, language: str) -> PublicOut:
        """Return it in words of a language."""
        texts, opens = translations(language), None
        clock = Clock(language, self.site.timezone)
        if self.open:
            word = BANDS[self.band] if self.band else "open"
            text = texts.gettext(word)
        else:
            text = texts.gettext("closed")
            if self.opens is not None:
                when = {"when": clock.near(self.opens, self.now // 1000)}
                text = texts.gettext("closed, opens %(when)s") % when
                local = instant(self.opens * 1000).astimezone(zone(self.site.timezone))
                opens = local.isoformat()
        return PublicOut(
            space=self.site.name, state="open" if self.open else "closed", band=self.band,
            text=text, opens=opens,
        )  # fmt: skip


async def public(session: AsyncSession, site: Site, now: int) -> Public:
    """Return how full a site is; nothing of it outside its opening hours."""
    opened = await openings(session, site, now // 1000, AHEAD_DAYS)
    if not opened.is_open(now // 1000):
        return Public(site, now, opened.written, False, None, opened.turns(now // 1000))
    held = await reserved(session, site.id, now)
    found = whole(await desks_now(session, site.id, held))
    return Public(site, now, opened.written, True, found.band, None)
