"""``/releases``: which release units run, which one they are to run, and who tries it first."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Final

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.ext.asyncio import AsyncSession

from loquet_server.errors import Conflict, Invalid, NotFound
from loquet_server.models import ReleaseOffer, Unit, UnitUpdate
from loquet_server.office import Office, OfficeDep, ReadingDep, TransactionDep
from loquet_server.people.frame import Frame
from loquet_server.releases.repository import ReleaseRepository
from loquet_server.releases.rollout import is_offered, opens_at
from loquet_server.releases.service import ReleaseService, terms, tried
from loquet_server.releases.shelf import Shelf
from loquet_server.web import release_words
from loquet_server.web.forms import Typed, typed
from loquet_server.web.i18n import N_, Translations
from loquet_server.web.rooms import go, whole
from loquet_server.who import Actor, Permission, needs

Reads = Annotated[Actor, needs(Permission.UNITS_READ)]
Writes = Annotated[Actor, needs(Permission.UNITS_WRITE)]
DONE: Final = {
    "offered": N_("The release is offered. Units ask each hour, and take it when nobody passes."),
    "stopped": N_("No unit begins with this release any more. Those that run it keep it."),
}
NO_UNIT: Final = N_("Choose at least one unit that tries the release first.")
GONE: Final = N_("This release is no longer on the server.")
router = APIRouter(include_in_schema=False)


class OfferForm(BaseModel):
    """Which release, who tries it first, and for how long."""

    model_config = ConfigDict(extra="ignore")

    version: str = Field(min_length=1, max_length=32)
    first: list[str] = Field(default=[], max_length=500)
    wait_hours: int = Field(default=24, ge=0, le=720)


def routes(_office: Office) -> APIRouter:
    """Return the routes of releases."""
    return router


@router.get("/releases")
async def releases_page(
    request: Request, office: OfficeDep, session: ReadingDep, actor: Reads
) -> HTMLResponse:
    """Show what units run and are to run."""
    frame = await Frame.of(request, office, session, actor)
    return await _show(office, frame, session, Typed({"wait_hours": 24}))


@router.post("/releases")
async def offer(
    request: Request, office: OfficeDep, transaction: TransactionDep, actor: Writes
) -> Response:
    """Let units try a release."""
    frame = await Frame.of(request, office, transaction.session, actor)
    given = await typed(request, OfferForm, frame.texts)
    form = given.model
    if form is not None:
        try:
            async with whole(transaction):
                service = ReleaseService(office, transaction, actor, frame.site.id)
                await service.offer(form.version, form.first, form.wait_hours)
            return go("/releases", "offered")
        except Invalid:
            given.complain("first", frame.texts.gettext(NO_UNIT))
        except NotFound:
            given.complain("version", frame.texts.gettext(GONE))
    return await _show(office, frame, transaction.session, given, 422)


@router.post("/releases/stop")
async def stop(
    request: Request, office: OfficeDep, transaction: TransactionDep, actor: Writes
) -> Response:
    """Offer the release to nobody new."""
    frame = await Frame.of(request, office, transaction.session, actor)
    try:
        async with whole(transaction):
            await ReleaseService(office, transaction, actor, frame.site.id).stop()
    except Conflict:
        return go("/releases")  # somebody else was quicker
    return go("/releases", "stopped")


async def _show(
    office: Office, frame: Frame, session: AsyncSession, given: Typed[Any], status: int = 200
) -> HTMLResponse:
    repository = ReleaseRepository(session)
    row = await repository.offer(frame.site.id)
    said = [] if row is None else await repository.said(frame.site.id, row.version)
    units = await repository.units(frame.site.id)
    releases = Shelf(office.settings).all()
    texts = frame.texts
    values = {
        "releases": releases,
        "units": units,
        "offer": row,
        "opens_at": None if row is None else opens_at(terms(row), tried(said)),
        "lines": [_line(each, row, said, frame.now_ms, texts) for each in units],
        "failed": [each for each in said if not each.works],
        "release_choices": [(each.version, each.version) for each in releases],
        "unit_choices": [(each.id, each.name) for each in units],
        "form": given,
        "said": frame.said(DONE),
    }
    return frame.show("releases.html", values, status)


def _line(
    unit: Unit, offer: ReleaseOffer | None, said: Sequence[UnitUpdate], now_ms: int,
    texts: Translations,
) -> Mapping[str, object]:  # fmt: skip
    """Return how one unit stands to the release that is offered."""
    mine = next((each for each in said if each.unit == unit.id), None)
    state = "none"
    if offer is not None:
        if mine is not None:
            state = "works" if mine.works else "back"
        elif unit.software.removeprefix("loquet ") == offer.version:
            state = "works"
        elif is_offered(terms(offer), unit.id, tried(said), now_ms):
            state = "asked"
        else:
            state = "waits"
    why = release_words.why(texts, mine.detail) if mine is not None else ""
    return {"unit": unit, "state": state, "said": mine, "why": why}
