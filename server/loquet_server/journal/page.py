"""``/journal``: the record in words, newest first, filtered and page by page."""

import json
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Annotated, Final
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from loquet_contract.wire.events import ALARMS
from loquet_server.journal.page_repository import GROUPS, Filters, JournalPageRepository, Key
from loquet_server.models import BootClock, Entry
from loquet_server.web import words
from loquet_server.web.i18n import N_, Translations, translations
from loquet_server.web.moments import Moments
from loquet_server.web.pages import Audience, render
from loquet_server.web.reading import Reading
from loquet_server.who import Actor, Permission, needs

Names = Mapping[str, Mapping[str, str]]
LONGEST: Final = 64
ERASED: Final = N_("erased after its time")
Reader = Annotated[Actor, needs(Permission.LOG_READ)]
Looked = Callable[[str, Actor, Iterable[str]], Awaitable[None]]
"""Records who looked at a log with names, at which part of it, and at which members."""


@dataclass(frozen=True, slots=True)
class Line:
    """One entry in words. ``where``: door, desk or unit; ``who``: a holder's name, or nothing.

    ``trusted``: nobody doubts ``utc``; else it lies between ``earliest`` and ``latest``, as far
    as these are known. ``worked_out``: the unit did not know it then.
    """

    utc: int
    trusted: bool
    kind: str
    alarm: bool
    where: str
    who: str
    detail: str
    sequence: int
    passage: int | None = None
    """The passage that can be explained."""
    earliest: int | None = None
    latest: int | None = None
    worked_out: bool = False


async def nobody_asks(_what: str, _actor: Actor, _holders: Iterable[str]) -> None:
    """Record no look: for a journal without people."""


def routes(reading: Reading, looked: Looked) -> APIRouter:
    """Return the journal page's route; ``looked`` records each look at names."""
    router = APIRouter(include_in_schema=False)

    @router.get("/journal")
    async def page(
        request: Request, actor: Reader, group: str = "", unit: str = "", before: str = ""
    ) -> HTMLResponse:
        filters = Filters(
            group if group in GROUPS else "", unit[:LONGEST], Key.parse(before), actor.site
        )
        async with reading() as session:
            repository = JournalPageRepository(session)
            site = await repository.site(actor.site)
            entries, older = await repository.entries(filters)
            bodies = [_body(entry.body) for entry in entries]
            names = await repository.names(bodies, actor.site)
            passages = await repository.passages(entries)
            clocks = await repository.clocks(entries)
            on_no_day = await repository.on_no_day(actor.site)
        await looked(filters.group or "journal", actor, names["holder"])
        texts = translations(Audience.of(request).language)
        zone = ZoneInfo(site.timezone if site else "Europe/Paris")
        values = {
            "moments": Moments(texts.locale, zone),
            "lines": [
                line_of(
                    entry,
                    body,
                    names,
                    texts,
                    passages.get((entry.journal, entry.sequence)),
                    clocks.get((entry.journal, entry.boot)),
                )
                for entry, body in zip(entries, bodies, strict=True)
            ],
            "on_no_day": on_no_day,
            "filters": filters,
            "groups": sorted(GROUPS),
            "units": names["unit"],
            "older": older,
        }
        return render(request, "journal.html", values)

    return router


def line_of(
    entry: Entry,
    body: Mapping[str, str],
    names: Names,
    texts: Translations,
    passage: int | None = None,
    clock: BootClock | None = None,
) -> Line:
    """Return an entry in the words of one language; a kind of the future shows as it is."""
    unit = names["unit"].get(entry.unit, entry.unit)
    places = [names[noun].get(body[noun], body[noun]) for noun in ("door", "desk") if noun in body]
    who = body.get("holder") or body.get("by") or ""
    worked_out = not entry.trusted and clock is not None and clock.exact
    bounds: tuple[int | None, int | None] = (None, None)
    if not entry.trusted and clock is not None and not clock.exact:
        bounds = clock.range_of(entry.monotonic)
    return Line(
        utc=entry.utc,
        trusted=entry.trusted or worked_out,
        kind=words.word(texts, "kind", entry.kind),
        alarm=entry.kind in ALARMS,
        where=" · ".join(places) or unit,
        who=names["holder"].get(who, who) if who else body.get("actor", ""),
        detail=_detail(body, texts) if entry.body_digest is None else texts.gettext(ERASED),
        sequence=entry.sequence,
        passage=passage,
        earliest=bounds[0],
        latest=bounds[1],
        worked_out=worked_out,
    )


def _body(text: str) -> dict[str, str]:
    """Return a body's plain values as text; whatever else a unit wrote there is left out."""
    found = json.loads(text)
    if not isinstance(found, dict):
        return {}
    return {name: str(value) for name, value in found.items() if isinstance(value, str | int)}


def _detail(body: Mapping[str, str], texts: Translations) -> str:
    parts = []
    if "reason" in body:
        parts.append(words.reason(texts.code, body["reason"]))
    if "cause" in body:
        parts.append(words.word(texts, "cause", body["cause"]))
    if "evidence" in body:
        parts.append(words.word(texts, "evidence", body["evidence"]))
    if "version" in body:
        parts.append(texts.gettext("version %(version)s") % {"version": body["version"]})
    parts += [body[name] for name in ("reader", "process", "detail") if body.get(name)]
    return " · ".join(part for part in parts if part)
