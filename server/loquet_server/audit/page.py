"""``/audit``: the record of changes in words, newest first."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Annotated, Final
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from loquet_server.audit.name_repository import NameRepository
from loquet_server.audit.names import wanted as ids_of
from loquet_server.audit.repository import AuditRepository, Wanted
from loquet_server.audit.views import Teller
from loquet_server.identity.sites import moments_of
from loquet_server.models import Action
from loquet_server.office import Office
from loquet_server.web import words
from loquet_server.web.i18n import translations
from loquet_server.web.pages import Audience, render
from loquet_server.who import Actor, Permission, needs

PAGE: Final = 50
NOUNS: Final = tuple(sorted({each.value.partition(":")[0] for each in Action}))
Reader = Annotated[Actor, needs(Permission.AUDIT_READ)]
Text = Annotated[str, Query(max_length=200)]


@dataclass(frozen=True, slots=True)
class Filters:
    """What was asked for, as it was typed."""

    actor: str
    noun: str
    subject: str
    since: str
    until: str


def routes(office: Office) -> APIRouter:
    """Return the route of the record."""
    router = APIRouter(include_in_schema=False)

    @router.get("/audit")
    async def show(
        request: Request, asking: Reader, actor: Text = "", noun: Text = "", subject: Text = "",
        since: Text = "", until: Text = "", before: Text = "",
    ) -> Response:  # fmt: skip
        texts = translations(Audience.of(request).language)
        moments = await moments_of(office, texts.locale)
        filters = Filters(actor, noun if noun in NOUNS else "", subject, since, until)
        wanted = Wanted(
            asking.site, filters.actor, filters.noun, filters.subject,
            _day(since, moments.zone), _day(until, moments.zone, later=1),
            int(before) if before.isdecimal() and len(before) < 16 else None,
        )  # fmt: skip
        async with office.database.reading() as session:
            repository = AuditRepository(session)
            rows = await repository.page(wanted, PAGE + 1)
            actors = await repository.actors(asking.site)
            ids = ids_of(rows[:PAGE], people=asking.may(Permission.MEMBERS_READ))
            names = await NameRepository(session).names(ids, texts.code)
        teller = Teller(texts, moments, names)
        lines = [teller.line(row) for row in rows[:PAGE]]
        values = {
            "lines": lines,
            "about": next((each.about for each in lines if each.subject == subject), subject),
            "older": _older(filters, rows[PAGE - 1].id) if len(rows) > PAGE else None,
            "actors": actors,
            "nouns": [(each, words.word(texts, "noun", each)) for each in NOUNS],
            "filters": filters,
            "moments": moments,
            "now": office.now_ms(),
        }
        return render(request, "audit.html", values)

    return router


def _older(filters: Filters, last: int) -> str:
    given = {name: getattr(filters, name) for name in Filters.__dataclass_fields__}
    return "/audit?" + urlencode({k: v for k, v in given.items() if v} | {"before": last})


def _day(text: str, zone: ZoneInfo, later: int = 0) -> int | None:
    """Return where a local day begins, in UTC milliseconds; None for what is no day."""
    try:
        day = date.fromisoformat(text) + timedelta(days=later)
        return int(datetime(day.year, day.month, day.day, tzinfo=zone).timestamp() * 1000)
    except (ValueError, OverflowError):
        return None
