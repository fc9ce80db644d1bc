"""``/occupancy``: how the space was used, from counts that know nobody."""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Request
from fastapi.responses import Response

from loquet_server.days import instant
from loquet_server.occupancy import day_page, report_page
from loquet_server.occupancy.asked import Asked, asked
from loquet_server.occupancy.charts import SHADES, svg
from loquet_server.occupancy.files import desk_rows, heat_rows, hour_rows
from loquet_server.occupancy.heat import LEVELS
from loquet_server.occupancy.periods import Against, Named
from loquet_server.occupancy.service import OccupancyService, Stretch
from loquet_server.occupancy.views import TOO_LITTLE, Wording, rows, tops
from loquet_server.office import Office, OfficeDep, ReadingDep
from loquet_server.usual import Usual, band, usual
from loquet_server.usual.bands import BANDS
from loquet_server.web.i18n import N_
from loquet_server.web.sheet import download
from loquet_server.who import Actor, Permission, needs

Reader = Annotated[Actor, needs(Permission.LIVE_READ)]
PERIODS: Final = {
    Named.WEEKS: N_("Last 8 weeks"),
    Named.MONTH: N_("This month"),
    Named.LAST_MONTH: N_("Last month"),
    Named.YEAR: N_("This year"),
}
AGAINST: Final = {
    Against.NOTHING: N_("nothing"),
    Against.BEFORE: N_("the time before"),
    Against.YEAR: N_("the same days a year before"),
}
BOOKED: Final = {
    "desk": N_("Desks"),
    "room": N_("Rooms"),
    "area": N_("Rooms"),
    "equipment": N_("Equipment"),
}
router = APIRouter(include_in_schema=False)


def routes(_office: Office) -> APIRouter:
    """Return the routes of the history's pages."""
    whole = APIRouter(include_in_schema=False)
    for each in (router, day_page.router, report_page.router):
        whole.include_router(each)
    return whole


@router.get("/occupancy")
async def show(request: Request, office: OfficeDep, session: ReadingDep, actor: Reader) -> Response:
    """Show a period, beside another one where that is asked for."""
    question = await asked(request, office, session, actor)
    now = office.now_ms()
    service = OccupancyService(session, now)
    found = await service.whole(question.scope, question.period)
    before = None
    if question.other is not None:
        before = await service.stretch(question.scope, question.other)
    values = _values(question, found, before)
    values["heat"] = await service.shape(question.scope, found)
    since = await service.since(question.space.site.id)
    known = await usual(session, question.space.site.id, now, question.scope.ids)
    values["usual"] = _usual(question, known, now)
    values["since"] = None if since is None else Wording(question.space).day(
        instant(since).astimezone(Wording(question.space).zone).date()
    )  # fmt: skip
    return question.space.page("occupancy.html", values)


@router.get("/occupancy/heat.svg")
async def heat_svg(
    request: Request, office: OfficeDep, session: ReadingDep, actor: Reader
) -> Response:
    """Return the week's shape as a drawing that stands by itself."""
    question, found = await _found(request, office, session, actor)
    wording = Wording(question.space)
    shape = await OccupancyService(session, office.now_ms()).shape(question.scope, found)
    values = {"heat": shape, "wording": wording, "title": wording.period(question.period)}
    return svg(question.space, "heat", values)


@router.get("/occupancy/heat.csv")
async def heat_csv(
    request: Request, office: OfficeDep, session: ReadingDep, actor: Reader
) -> Response:
    """Return the week's shape, an hour of the week a line."""
    question, found = await _found(request, office, session, actor)
    shape = await OccupancyService(session, office.now_ms()).shape(question.scope, found)
    lines = heat_rows(shape, Wording(question.space))
    return download(_name("week", question), lines, question.space.texts.code)


@router.get("/occupancy/hours.csv")
async def hours_csv(
    request: Request, office: OfficeDep, session: ReadingDep, actor: Reader
) -> Response:
    """Return every hour of a period, one of an area a line."""
    question, found = await _found(request, office, session, actor)
    lines = hour_rows(found, question.scope, Wording(question.space))
    return download(_name("hours", question), lines, question.space.texts.code)


@router.get("/occupancy/desks.csv")
async def desks_csv(
    request: Request, office: OfficeDep, session: ReadingDep, actor: Reader
) -> Response:
    """Return how each shared desk was used, one a line."""
    question = await asked(request, office, session, actor)
    service = OccupancyService(session, office.now_ms())
    desks = await service.desks(question.scope, question.period)
    lines = desk_rows(desks, Wording(question.space))
    return download(_name("desks", question), lines, question.space.texts.code)


async def _found(
    request: Request, office: Office, session: Any, actor: Actor
) -> tuple[Asked, Stretch]:
    question = await asked(request, office, session, actor)
    service = OccupancyService(session, office.now_ms())
    return question, await service.stretch(question.scope, question.period)


def _name(kind: str, question: Asked) -> str:
    parts = (kind, question.area, question.period.first, question.period.last)
    return "-".join(str(part) for part in parts if part)


def _values(question: Asked, found: Stretch, before: Stretch | None) -> dict[str, Any]:
    space = question.space
    wording = Wording(space)
    most = max((desk.seconds for desk in found.desks), default=0)
    return {
        "asked": question,
        "found": found,
        "before": before,
        "wording": wording,
        "rows": rows(found.figures, before.figures if before else None, wording),
        "tops": tops(found.figures.top, wording),
        "most": most,
        "periods": [(each.value, space.texts.gettext(text)) for each, text in PERIODS.items()],
        "against": [(each.value, space.texts.gettext(text)) for each, text in AGAINST.items()],
        "booked": {kind: space.texts.gettext(text) for kind, text in BOOKED.items()},
        "little": _little(found, before),
        "shades": SHADES,
        "levels": range(LEVELS),
        "usual": None,
        "group": question.group,
    }


def _little(found: Stretch, before: Stretch | None) -> bool:
    """Return whether too little is known for the numbers to be taken at their word."""
    both = [found, before] if before else [found]
    return any(each.figures.coverage < TOO_LITTLE for each in both)


def _usual(question: Asked, known: Usual | None, now: int) -> dict[str, str] | None:
    if known is None or known.desks is None or known.part is None:
        return None
    wording = Wording(question.space)
    local = instant(now).astimezone(wording.zone)
    return {
        "weekday": wording.weekday(local.weekday()),
        "hour": wording.clock(local.hour),
        "median": wording.number(known.desks.median, 0),
        "low": wording.number(known.desks.low, 0),
        "high": wording.number(known.desks.high, 0),
        "total": str(known.desks_total),
        "samples": str(known.samples),
        "band": question.space.texts.gettext(BANDS[band(known.part)]),
    }
