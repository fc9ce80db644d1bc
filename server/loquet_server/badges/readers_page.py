"""``/badges/readers``: what other kinds of readers make of a badge, and which of them count."""

from typing import Annotated

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response
from sqlalchemy.ext.asyncio import AsyncSession

from loquet_server.badges import readers
from loquet_server.badges.readers import Pair
from loquet_server.badges.schemas import ReadersForm
from loquet_server.office import OfficeDep, ReadingDep, TransactionDep
from loquet_server.people.derived import Derived
from loquet_server.people.derived_repository import DerivedRepository
from loquet_server.people.frame import Frame
from loquet_server.people.repository import PeopleRepository
from loquet_server.web.forms import Typed, typed
from loquet_server.web.i18n import N_
from loquet_server.web.rooms import go, whole
from loquet_server.who import Actor, Permission, needs

DONE = {"chosen": N_("The choice is saved; the doors are told at once.")}
Keeper = Annotated[Actor, needs(Permission.DOORS_WRITE)]
router = APIRouter(include_in_schema=False)


@router.get("/badges/readers")
async def show(
    request: Request, office: OfficeDep, session: ReadingDep, actor: Keeper
) -> HTMLResponse:
    """Show which kinds of readers count."""
    frame = await Frame.of(request, office, session, actor)
    forms = await DerivedRepository(session, frame.site.id).forms()
    return await _show(frame, session, Typed({"forms": sorted(forms)}))


@router.post("/badges/readers")
async def choose(
    request: Request, office: OfficeDep, transaction: TransactionDep, actor: Keeper
) -> Response:
    """Let these kinds count from now on; refused where two badges would give one number."""
    session = transaction.session
    frame = await Frame.of(request, office, session, actor)
    given = await typed(request, ReadersForm, frame.texts)
    if given.model is None:
        return await _show(frame, session, given, status=422)
    try:
        async with whole(transaction):
            await readers.choose(
                office, transaction, actor, frame.site, frozenset(given.model.forms)
            )
    except readers.CannotTellApart as refused:
        people = PeopleRepository(session, actor)
        titles = {each: frame.texts.gettext(text) for each, text in readers.TITLES.items()}
        pairs = await readers.pairs(people, refused.collisions, titles)
        return await _show(frame, session, given, pairs, refused.status)
    return go("/badges/readers", "chosen")


async def _show(
    frame: Frame, session: AsyncSession, given: Typed[ReadersForm],
    pairs: list[Pair] | None = None, status: int = 200,
) -> HTMLResponse:  # fmt: skip
    example = readers.EXAMPLE
    values = {
        "form": given,
        "kinds": [
            (each.value, frame.texts.gettext(readers.TITLES[each]), readers.shown(made),
             each.lossy(example))
            for each in Derived
            if (made := each.of(example)) is not None
        ],
        "example": readers.shown(example),
        "pairs": pairs or [],
        "said": frame.said(DONE),
    }  # fmt: skip
    return frame.show("badges_readers.html", values, status)
