"""``/occupancy/report/2026``: a year on paper, for those who fund the space."""

from collections.abc import Iterator, Sequence
from typing import Annotated, Any, Final

from fastapi import APIRouter, Path, Request
from fastapi.responses import RedirectResponse, Response
from sqlalchemy.ext.asyncio import AsyncSession

from loquet_server.days import instant
from loquet_server.errors import NotFound
from loquet_server.occupancy.charts import svg
from loquet_server.occupancy.figures import change
from loquet_server.occupancy.report import Month, Report, ReportService
from loquet_server.occupancy.service import Scope, visible
from loquet_server.occupancy.views import TOO_LITTLE, Wording, rows
from loquet_server.office import Office, OfficeDep, ReadingDep
from loquet_server.timetable.space import Space, space_of
from loquet_server.usual.repository import UsualRepository
from loquet_server.web.i18n import N_
from loquet_server.web.sheet import download
from loquet_server.who import Actor, Permission, needs

Reader = Annotated[Actor, needs(Permission.LIVE_READ)]
Year = Annotated[int, Path(ge=2000, le=9999)]
COLUMNS: Final = (
    N_("Month"), N_("Desk hours"), N_("Desks taken while open"), N_("Visits"), N_("Half-days"),
    N_("Days on which anybody came"), N_("Known, of the open time"),
)  # fmt: skip
router = APIRouter(include_in_schema=False)


@router.get("/occupancy/report")
async def this_year(
    request: Request, office: OfficeDep, session: ReadingDep, actor: Reader
) -> Response:
    """Go to the report of this year."""
    space = await space_of(request, session, office, actor)
    return RedirectResponse(f"/occupancy/report/{space.today.year}", 303)


@router.get("/occupancy/report/{year}")
async def show(
    request: Request, year: Year, office: OfficeDep, session: ReadingDep, actor: Reader
) -> Response:
    """Show a year's report."""
    space, report, left_out = await _report(request, year, office, session, actor)
    wording = Wording(space)
    first = await UsualRepository(session).first_hour(space.site.id)
    begun = None if first is None else instant(first).astimezone(wording.zone).date()
    values: dict[str, Any] = {
        "report": report,
        "wording": wording,
        "rows": rows(report.figures, report.before, wording),
        "bars": _bars(report, wording),
        "begun": None if begun is None else wording.day(begun),
        "years": range(min(year, begun.year if begun else year), space.today.year + 1),
        "group": office.settings.history_group,
        "left_out": left_out,
        "little": report.figures.coverage < TOO_LITTLE,
        "growth": _growth(report, wording),
    }
    return space.page("occupancy_report.html", values)


@router.get("/occupancy/report/{year}/months.svg")
async def months_svg(
    request: Request, year: Year, office: OfficeDep, session: ReadingDep, actor: Reader
) -> Response:
    """Return the months as a drawing that stands by itself."""
    space, report, _ = await _report(request, year, office, session, actor)
    wording = Wording(space)
    title = f"{space.site.name}, {year}"
    return svg(space, "months", {"bars": _bars(report, wording), "title": title})


@router.get("/occupancy/report/{year}/months.csv")
async def months_csv(
    request: Request, year: Year, office: OfficeDep, session: ReadingDep, actor: Reader
) -> Response:
    """Return a month a line."""
    space, report, _ = await _report(request, year, office, session, actor)
    return download(f"report-{year}", _lines(report, space), space.texts.code)


async def _report(
    request: Request, year: int, office: Office, session: AsyncSession, actor: Actor
) -> tuple[Space, Report, list[str]]:
    space = await space_of(request, session, office, actor)
    if year > space.today.year:
        raise NotFound(f"the year {year} has not begun")
    group = office.settings.history_group
    areas = visible(await UsualRepository(session).areas(space.site.id), group)
    service = ReportService(session, office.now_ms(), group)
    scope = Scope(space.site, areas.whole, True)
    report = await service.report(scope, year, space.today)
    return space, report, [area.name for area in areas.left_out]


def _lines(report: Report, space: Space) -> Iterator[Sequence[object]]:
    yield [space.texts.gettext(each) for each in COLUMNS]
    for month in report.months:
        part, counts = month.figures.part, month.counts
        yield (
            month.first.isoformat()[:7], round(month.figures.desk_hours, 1),
            None if part is None else round(part, 3),
            None if counts is None else counts.visits,
            None if counts is None else counts.half_days,
            None if counts is None else counts.days,
            round(month.figures.coverage, 2),
        )  # fmt: skip


def _bars(report: Report, wording: Wording) -> list[dict[str, Any]]:
    most = max((month.figures.desk_hours for month in report.months), default=0.0) or 1.0
    return [_bar(month, most, wording) for month in report.months]


def _bar(month: Month, most: float, wording: Wording) -> dict[str, Any]:
    return {
        "name": wording.month(month.first),
        "height": round(100 * month.figures.desk_hours / most, 1),
        "known": month.figures.coverage >= TOO_LITTLE,
        "hours": wording.number(month.figures.desk_hours, 0),
        "part": wording.percent(month.figures.part),
        "visits": wording.number(month.counts.visits if month.counts else None),
        "half_days": wording.number(month.counts.half_days if month.counts else None),
        "days": wording.number(month.counts.days if month.counts else None),
        "coverage": wording.percent(month.figures.coverage),
    }


def _growth(report: Report, wording: Wording) -> str | None:
    """Return by how much desk hours grew over the same days of the year before, if known."""
    before = report.before
    if before is None or min(before.coverage, report.figures.coverage) < TOO_LITTLE:
        return None
    return wording.change(change(report.figures.desk_hours, before.desk_hours))
