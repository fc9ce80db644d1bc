"""What every page of people shows around its own matter."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from babel.dates import format_date, format_skeleton
from fastapi import Request
from fastapi.responses import HTMLResponse
from sqlalchemy.ext.asyncio import AsyncSession

from loquet_server.days import zone
from loquet_server.models import Holder, Site
from loquet_server.office import Office, Transaction
from loquet_server.people.money import amount
from loquet_server.people.refusals import Refused
from loquet_server.people.repository import PeopleRepository
from loquet_server.web.forms import Typed
from loquet_server.web.i18n import Translations, translations
from loquet_server.web.moments import Moments
from loquet_server.web.pages import Audience, render
from loquet_server.web.rooms import said, whole
from loquet_server.who import Actor


@dataclass(frozen=True, slots=True)
class Frame:
    """A space as one person looks at it now."""

    request: Request
    actor: Actor
    site: Site
    texts: Translations
    moments: Moments
    now_ms: int

    @classmethod
    async def of(
        cls, request: Request, office: Office, session: AsyncSession, actor: Actor,
        wanted: str | None = None,
    ) -> "Frame":  # fmt: skip
        """Return the frame of a request; raise NotFound if there is no space yet.

        ``wanted``: the site of what the page is about, by default the actor's or the first.
        """
        site = await PeopleRepository(session, actor).site(wanted)
        texts = translations(Audience.of(request).language)
        moments = Moments(texts.locale, zone(site.timezone))
        return cls(request, actor, site, texts, moments, office.now_ms())

    @classmethod
    async def of_member(
        cls, request: Request, office: Office, session: AsyncSession, actor: Actor, member: str
    ) -> tuple["Frame", Holder]:
        """Return the frame of a member's page, and the member; raise NotFound."""
        row = await PeopleRepository(session, actor).member(member)
        return await cls.of(request, office, session, actor, row.site), row

    @classmethod
    async def of_anyone(
        cls, request: Request, office: Office, session: AsyncSession, actor: Actor,
        member: str | None,
    ) -> tuple["Frame", Holder | None]:  # fmt: skip
        """Return the frame of a page that may be about a member, and the member."""
        if member is None:
            return await cls.of(request, office, session, actor), None
        return await cls.of_member(request, office, session, actor, member)

    @property
    def today(self) -> date:
        """The local day."""
        return local_day(self.now_ms, self.site.timezone)

    def month(self, month: str) -> str:
        """Return a month (``2026-10``) in words, such as octobre 2026."""
        first = date.fromisoformat(f"{month}-01")
        return str(format_skeleton("yMMMM", first, locale=self.texts.locale))

    def show(self, template: str, values: dict[str, Any], status: int = 200) -> HTMLResponse:
        """Return a page in this frame."""
        around = {
            "space": self.site.name,
            "moments": self.moments,
            "now_ms": self.now_ms,
            "euros": lambda cents: amount(cents, self.texts.locale),
        }
        return render(self.request, template, around | values, status)

    def said(self, done: Mapping[str, str]) -> str:
        """Return the sentence for what was just done, one of these; mostly nothing."""
        return said(self.request, done, self.texts)

    @asynccontextmanager
    async def trying(self, transaction: Transaction, given: Typed[Any]) -> AsyncIterator[None]:
        """Let a change be tried: where it is refused, it is undone, and ``given`` says why."""
        try:
            async with whole(transaction):
                yield
        except Refused as refused:
            given.complain(refused.field, refused.said(self.texts))

    def day(self, iso: str | None) -> str:
        """Return a local ISO date in words, nothing for none."""
        if not iso:
            return ""
        return format_day(date.fromisoformat(iso), self.texts)


def format_day(day: date, texts: Translations) -> str:
    """Return a day such as 3 janv. 2027."""
    return str(format_date(day, "d MMM y", locale=texts.locale))


def local_day(ms: int, timezone: str) -> date:
    """Return the local calendar day of an instant (UTC milliseconds)."""
    return datetime.fromtimestamp(ms / 1000, zone(timezone)).date()


def midnight(day: date, timezone: str) -> int:
    """Return the local start of a day, UTC seconds."""
    return int(datetime(day.year, day.month, day.day, tzinfo=zone(timezone)).timestamp())
