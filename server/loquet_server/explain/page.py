"""``/explain``: why a badge was refused or let in, who may enter, when a member may enter what."""

from collections import defaultdict
from datetime import date, datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request
from fastapi.responses import HTMLResponse
from sqlalchemy.ext.asyncio import AsyncSession

from loquet_server.days import instant, zone
from loquet_server.explain.outlook import Outlook
from loquet_server.explain.repository import ExplainRepository
from loquet_server.explain.schemas import AreaSpans
from loquet_server.explain.service import ExplainService
from loquet_server.explain.wording import Clock
from loquet_server.ledger import record
from loquet_server.models import Action, Area, Site
from loquet_server.office import Office
from loquet_server.web.forms import Typed
from loquet_server.web.i18n import N_
from loquet_server.web.pages import Audience, render
from loquet_server.who import Actor, Permission, needs

ExplainerDep = Annotated[Actor, needs(Permission.EXPLAIN)]
Name = Annotated[str, Path(max_length=64)]
_BAD_TIME = N_("Please write a day and a time.")
EARLIEST, LATEST = date(2000, 1, 1), date(2200, 1, 1)


def routes(office: Office) -> APIRouter:
    """Return the routes of the explanations."""
    router = APIRouter(include_in_schema=False)

    @router.get("/explain/passages/{passage}")
    async def passage(
        request: Request, passage: Annotated[int, Path(ge=0, lt=2**53)], actor: ExplainerDep
    ) -> HTMLResponse:
        language = Audience.of(request).language
        async with office.database.with_transaction() as session:
            service = ExplainService(session, office.keys.signing.public, actor)
            found = await service.passage(passage, language)
            site = await service.site_of(passage)
            _looked(office, session, actor, Action.PASSAGE_EXPLAINED, str(passage), site)
        values = {"space": site.name, "found": found, "clock": Clock(language, site.timezone)}
        return render(request, "explain_passage.html", values)

    @router.get("/explain/area")
    async def area(request: Request, actor: ExplainerDep) -> HTMLResponse:
        return await _area(office, request, actor)

    @router.get("/explain/members/{member}")
    async def member(request: Request, member: Name, actor: ExplainerDep) -> HTMLResponse:
        return await _member(office, request, member, actor)

    return router


async def _area(office: Office, request: Request, actor: Actor) -> HTMLResponse:
    language, query = Audience.of(request).language, request.query_params
    now = office.now_ms()
    async with office.database.with_transaction() as session:
        repository = ExplainRepository(session)
        site = await repository.first_site(actor.site)
        areas = [] if site is None else list(await repository.areas(site.id))
        typed = _typed(query.get("area", ""), query.get("day", ""), query.get("time", ""))
        at, chosen = _wished(typed, areas, site, now)
        found = None
        if chosen is not None and at is not None and site is not None:
            found = await Outlook(session, now, actor).area(chosen, at, language)
            _looked(office, session, actor, Action.AREA_EXPLAINED, chosen, site)
    clock = Clock(language, site.timezone if site else "Europe/Paris")
    if at is None:
        typed.complain("day", clock.texts.gettext(_BAD_TIME))
    values = {
        "typed": typed,
        "areas": [(each.id, each.name) for each in areas],
        "found": found,
        "clock": clock,
    }
    return render(request, "explain_area.html", values, 200 if at is not None else 422)


def _typed(area: str, day: str, hour: str) -> Typed[Any]:
    return Typed({"area": area[:64], "day": day[:10], "time": hour[:5]})


def _wished(
    typed: Typed[Any], areas: list[Area], site: Site | None, now_ms: int
) -> tuple[int | None, str | None]:
    """Return the instant (UTC ms) and the area that were asked for; None for what is no such."""
    known = [each.id for each in areas]
    chosen = typed.values["area"] if typed.values["area"] in known else next(iter(known), None)
    typed.values["area"] = chosen or ""
    timezone = zone(site.timezone if site else "Europe/Paris")
    local = instant(now_ms).astimezone(timezone)
    typed.values["day"] = typed.values["day"] or local.date().isoformat()
    typed.values["time"] = typed.values["time"] or local.strftime("%H:%M")
    try:
        wish = datetime.fromisoformat(f"{typed.values['day']}T{typed.values['time']}")
    except ValueError:
        return None, chosen
    if wish.tzinfo is not None or not EARLIEST <= wish.date() <= LATEST:
        return None, chosen
    return int(wish.replace(tzinfo=timezone).timestamp()) * 1000, chosen


async def _member(office: Office, request: Request, member: str, actor: Actor) -> HTMLResponse:
    language = Audience.of(request).language
    async with office.database.with_transaction() as session:
        outlook = Outlook(session, office.now_ms(), actor)
        site = await outlook.site_of(member)
        today = outlook.today(site)
        first = _monday(request.query_params.get("from", ""), today)
        found = await outlook.member(member, first, 7, language)
        _looked(office, session, actor, Action.MEMBER_EXPLAINED, member, site)
    clock = Clock(language, site.timezone)
    days = [first + timedelta(at) for at in range(7)]
    values = {
        "space": site.name,
        "found": found,
        "clock": clock,
        "days": days,
        "today": today,
        "cells": {each.area: _by_day(each, days, clock) for each in found.areas},
        "before": (first - timedelta(7)).isoformat(),
        "after": (first + timedelta(7)).isoformat(),
    }
    return render(request, "explain_member.html", values)


def _monday(text: str, today: date) -> date:
    try:
        wish = date.fromisoformat(text)
    except ValueError:
        wish = today
    wish = wish if EARLIEST <= wish <= LATEST else today
    return wish - timedelta(wish.weekday())


def _by_day(area: AreaSpans, days: list[date], clock: Clock) -> dict[date, list[tuple[str, str]]]:
    """Return each day's spans as text with the plans behind them; a night is cut at midnight."""
    found: dict[date, list[tuple[str, str]]] = defaultdict(list)
    where = zone(clock.timezone)
    for day in days:
        start, end = (
            int(datetime(each.year, each.month, each.day, tzinfo=where).timestamp())
            for each in (day, day + timedelta(1))
        )
        for span in area.spans:
            begin, until = max(span.start, start), min(span.end, end)
            if begin < until:
                whole = begin == start and until == end
                text = clock.texts.gettext("all day") if whole else clock.span(begin, until)
                found[day].append((text, span.by))
    return found


def _looked(
    office: Office, session: AsyncSession, actor: Actor, action: Action, subject: str, site: Site
) -> None:
    record(session, action, subject, office.now_ms(), actor=actor.name, site=site.id)
