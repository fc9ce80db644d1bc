"""``/badges/ID/card/...``: encode a badge's card at a reader; ``/card-keys``: the masters."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Request
from fastapi.responses import HTMLResponse, Response
from sqlalchemy.ext.asyncio import AsyncSession

from loquet_server.cards import views
from loquet_server.cards.repository import CardRepository
from loquet_server.cards.schemas import EncodeForm
from loquet_server.cards.service import CardKeyService, begin, state
from loquet_server.errors import Conflict, NotFound, Problem, UnitSilent
from loquet_server.models import Credential
from loquet_server.office import Office, OfficeDep, ReadingDep, TransactionDep
from loquet_server.people.frame import Frame
from loquet_server.people.repository import PeopleRepository
from loquet_server.people.text import ID_PATTERN
from loquet_server.web.forms import Typed, typed
from loquet_server.web.rooms import go, whole
from loquet_server.who import Actor, Permission, needs

Reader = Annotated[Actor, needs(Permission.UNITS_READ)]
Keeper = Annotated[Actor, needs(Permission.UNITS_WRITE)]
Writer = Annotated[Actor, needs(Permission.BADGES_WRITE)]
BadgeId = Annotated[str, Path(pattern=ID_PATTERN)]
Version = Annotated[int, Path(ge=1, lt=2**31)]
router = APIRouter(include_in_schema=False)


def routes(_office: Office) -> APIRouter:
    """Return the routes of cards and their keys."""
    return router


@router.get("/badges/{badge}/card/new")
async def ask_page(
    badge: BadgeId, request: Request, office: OfficeDep, session: ReadingDep, actor: Writer
) -> HTMLResponse:
    """Say what encoding does, and let a reader be chosen."""
    frame, row = await _badge(request, office, session, actor, badge)
    return await _ask(frame, session, row, Typed({}))


@router.post("/badges/{badge}/card/new")
async def ask(badge: BadgeId, request: Request, office: OfficeDep, actor: Writer) -> Response:
    """Have a reader wait for the card."""
    async with office.database.reading() as session:
        frame, row = await _badge(request, office, session, actor, badge)
        given = await typed(request, EncodeForm, frame.texts)
        if given.model is None:
            return await _ask(frame, session, row, given, 422)
    unit, _, reader = given.model.reader.partition("/")
    try:
        found = await begin(office, actor, row, unit, reader)
    except (Conflict, NotFound, UnitSilent) as problem:
        given.complain("reader", frame.texts.gettext(views.refusal(problem)))
        async with office.database.reading() as session:
            return await _ask(frame, session, row, given, problem.status)
    return go(f"/badges/{badge}/card/{found.id}")


@router.get("/badges/{badge}/card/{encoding}")
async def wait_page(
    badge: BadgeId,
    encoding: Annotated[str, Path(pattern=ID_PATTERN)],
    request: Request,
    office: OfficeDep,
    session: ReadingDep,
    actor: Writer,
) -> HTMLResponse:
    """Wait for the card, and say what became of it."""
    frame, row = await _badge(request, office, session, actor, badge)
    found = await CardRepository(session).encoding(encoding)
    if found is None or found.badge != badge:
        raise NotFound(f"there is no encoding {encoding!r}")
    values = {
        "badge": row,
        "encoding": found,
        "state": state(found, frame.now_ms),
        "said": views.OUTCOMES.get(found.outcome or ""),
        "place": views.place_name(found.reader, await CardRepository(session).doors(row.site)),
    }
    return frame.show("cards_waiting.html", values)


# ---- masters ---------------------------------------------------------------------------------


@router.get("/card-keys")
async def keys_page(
    request: Request, office: OfficeDep, session: ReadingDep, actor: Reader
) -> HTMLResponse:
    """Show the masters in force, and how many badges each has."""
    return await _keys(await Frame.of(request, office, session, actor), session)


@router.post("/card-keys/new")
async def make(
    request: Request, office: OfficeDep, transaction: TransactionDep, actor: Keeper
) -> Response:
    """Make the next master."""
    frame = await Frame.of(request, office, transaction.session, actor)
    try:
        async with whole(transaction):
            await CardKeyService(office, transaction, actor, frame.site.id).make()
    except Conflict as problem:
        return await _keys(frame, transaction.session, problem)
    return go("/card-keys", "made")


@router.get("/card-keys/{version}/retire")
async def retire_page(
    version: Version, request: Request, office: OfficeDep, session: ReadingDep, actor: Keeper
) -> Response:
    """Ask before the cards of a master count as numbers only."""
    frame = await Frame.of(request, office, session, actor)
    repository = CardRepository(session)
    rows = await repository.in_force(frame.site.id)
    row = next((each for each in rows[1:] if each.version == version), None)
    if row is None:
        return go("/card-keys")
    badges = (await repository.badges(frame.site.id)).get(version, 0)
    return frame.show("cards_retire.html", {"key": row, "badges": badges})


@router.post("/card-keys/{version}/retire")
async def retire(
    version: Version,
    request: Request,
    office: OfficeDep,
    transaction: TransactionDep,
    actor: Keeper,
) -> Response:
    """Let a master count no more."""
    frame = await Frame.of(request, office, transaction.session, actor)
    try:
        async with whole(transaction):
            await CardKeyService(office, transaction, actor, frame.site.id).retire(version)
    except Conflict as problem:
        return await _keys(frame, transaction.session, problem)
    return go("/card-keys", "retired")


async def _badge(
    request: Request, office: Office, session: AsyncSession, actor: Actor, badge: str
) -> tuple[Frame, Credential]:
    row = await PeopleRepository(session, actor).badge(badge)
    return await Frame.of(request, office, session, actor, row.site), row


async def _ask(
    frame: Frame, session: AsyncSession, row: Credential, given: Typed[Any], status: int = 200
) -> HTMLResponse:
    repository = CardRepository(session)
    keys = await repository.in_force(row.site)
    values = {
        "badge": row,
        "form": given,
        "newest": keys[0].version if keys else None,
        "proves": row.key_version in {each.version for each in keys},
        "suitable": row.form == "uid7",
        "readers": views.readers(
            await repository.states(row.site), await repository.doors(row.site)
        ),
    }
    return frame.show("cards_new.html", values, status)


async def _keys(
    frame: Frame, session: AsyncSession, problem: Problem | None = None
) -> HTMLResponse:
    repository = CardRepository(session)
    rows = await repository.keys(frame.site.id)
    values = {
        "keys": rows,
        "counting": [each.version for each in rows if each.retired_at is None],
        "badges": await repository.badges(frame.site.id),
        "said": frame.said(views.DONE),
        "problem": "" if problem is None else frame.texts.gettext(views.refusal(problem)),
    }
    return frame.show("cards_keys.html", values, 200 if problem is None else problem.status)
