"""``/hooks``: which programs are told of what, and whether it reaches them."""

import json
from typing import Annotated, Any, Final

from fastapi import APIRouter, Path, Request
from fastapi.responses import Response
from sqlalchemy.ext.asyncio import AsyncSession

from loquet_server.errors import Conflict, Invalid
from loquet_server.hooks.catalogue import CHOICES, EVENTS
from loquet_server.hooks.outbox import body_of
from loquet_server.hooks.repository import HookRepository
from loquet_server.hooks.schemas import HookForm
from loquet_server.hooks.service import HookService, delivery_of, hook_of
from loquet_server.hooks.words import STATES, outcome
from loquet_server.models import Hook
from loquet_server.office import Office, OfficeDep, ReadingDep, TransactionDep
from loquet_server.timetable.names import Key
from loquet_server.timetable.space import Space, space_of
from loquet_server.web.forms import Typed, typed
from loquet_server.web.i18n import N_
from loquet_server.web.rooms import go
from loquet_server.who import Actor, Permission, needs

router = APIRouter(include_in_schema=False)
Writes = Annotated[Actor, needs(Permission.HOOKS_WRITE)]
Number = Annotated[int, Path(ge=1, le=2**53)]
SHOWN: Final = 50
DONE: Final = {
    "changed": N_("Saved."),
    "deleted": N_("The webhook was deleted."),
    "tried": N_("A test message was sent: see below what came of it."),
    "again": N_("The message was sent again: see below what came of it."),
    "off": N_("This webhook is switched off, so nothing was sent."),
}


def routes(_office: Office) -> APIRouter:
    """Return the routes of webhooks."""
    return router


@router.get("/hooks")
async def list_page(
    request: Request, office: OfficeDep, session: ReadingDep, actor: Writes
) -> Response:
    """Show who is told of events, and how that goes."""
    space = await space_of(request, session, office, actor)
    repository = HookRepository(session)
    hooks = await repository.of(space.site.id)
    ids = [row.id for row in hooks]
    last = await repository.last_tried(ids)
    values = {
        "hooks": hooks,
        "counts": await repository.counts(ids),
        "last": last,
        "outcomes": {hook: outcome(row, space.texts) for hook, row in last.items()},
        "now_ms": office.now_ms(),
        "done": space.said(DONE),
    }
    return space.page("hooks.html", values)


@router.get("/hooks/events")
async def events_page(
    request: Request, office: OfficeDep, session: ReadingDep, actor: Writes
) -> Response:
    """Show every event with an example, and how a message is verified."""
    space = await space_of(request, session, office, actor)
    events = [(kind, EVENTS[kind], _example(kind, office.now_ms())) for kind in CHOICES]
    return space.page("hooks_events.html", {"events": events})


@router.get("/hooks/new")
async def new_page(
    request: Request, office: OfficeDep, session: ReadingDep, actor: Writes
) -> Response:
    """Show an empty form."""
    space = await space_of(request, session, office, actor)
    return _form(space, office, None, Typed({"enabled": True}))


@router.post("/hooks/new")
async def add(
    request: Request, office: OfficeDep, transaction: TransactionDep, actor: Writes
) -> Response:
    """Add a webhook, and show its secret this once."""
    space = await space_of(request, transaction.session, office, actor)
    given = await typed(request, HookForm, space.texts)
    if given.model is not None:
        try:
            service = HookService(office, transaction, actor)
            row, secret = await service.create(space.site.id, given.model)
            return space.page("hooks_secret.html", {"hook": row, "secret": secret, "new": True})
        except Invalid as error:
            given.refused(error, space.texts)
    return _form(space, office, None, given)


@router.get("/hooks/{hook}")
async def show_page(
    request: Request, hook: Key, office: OfficeDep, session: ReadingDep, actor: Writes
) -> Response:
    """Show a webhook, and what was sent to it."""
    row = await hook_of(session, hook, actor)
    space = await space_of(request, session, office, actor, row.site)
    return await _one(space, session, office, row)


@router.get("/hooks/{hook}/edit")
async def edit_page(
    request: Request, hook: Key, office: OfficeDep, session: ReadingDep, actor: Writes
) -> Response:
    """Show a webhook's form."""
    row = await hook_of(session, hook, actor)
    space = await space_of(request, session, office, actor, row.site)
    names = ("name", "url", "events", "enabled")
    return _form(space, office, row, Typed({name: getattr(row, name) for name in names}))


@router.post("/hooks/{hook}/edit")
async def edit(
    request: Request, hook: Key, office: OfficeDep, transaction: TransactionDep, actor: Writes
) -> Response:
    """Change a webhook."""
    row = await hook_of(transaction.session, hook, actor)
    space = await space_of(request, transaction.session, office, actor, row.site)
    given = await typed(request, HookForm, space.texts)
    if given.model is not None:
        try:
            await HookService(office, transaction, actor).change(row, given.model)
            return go(f"/hooks/{row.id}", "changed")
        except Invalid as error:
            given.refused(error, space.texts)
    return _form(space, office, row, given)


@router.post("/hooks/{hook}/secret")
async def renew_secret(
    request: Request, hook: Key, office: OfficeDep, transaction: TransactionDep, actor: Writes
) -> Response:
    """Make a new secret, and show it this once."""
    row = await hook_of(transaction.session, hook, actor)
    space = await space_of(request, transaction.session, office, actor, row.site)
    secret = await HookService(office, transaction, actor).renew_secret(row)
    return space.page("hooks_secret.html", {"hook": row, "secret": secret, "new": False})


@router.post("/hooks/{hook}/test")
async def test(
    hook: Key, office: OfficeDep, transaction: TransactionDep, actor: Writes
) -> Response:
    """Send a test message now."""
    row = await hook_of(transaction.session, hook, actor)
    try:
        await HookService(office, transaction, actor).test(row)
    except Conflict:
        return go(f"/hooks/{row.id}", "off")
    return go(f"/hooks/{row.id}", "tried")


@router.post("/hooks/deliveries/{delivery}/again")
async def send_again(
    delivery: Number, office: OfficeDep, transaction: TransactionDep, actor: Writes
) -> Response:
    """Send a message again."""
    row, hook = await delivery_of(transaction.session, delivery, actor)
    try:
        await HookService(office, transaction, actor).send_again(row, hook)
    except Conflict:
        return go(f"/hooks/{hook.id}", "off")
    return go(f"/hooks/{hook.id}", "again")


@router.get("/hooks/{hook}/delete")
async def delete_page(
    request: Request, hook: Key, office: OfficeDep, session: ReadingDep, actor: Writes
) -> Response:
    """Ask before a webhook is deleted."""
    row = await hook_of(session, hook, actor)
    space = await space_of(request, session, office, actor, row.site)
    return space.page("hooks_delete.html", {"hook": row})


@router.post("/hooks/{hook}/delete")
async def delete(
    hook: Key, office: OfficeDep, transaction: TransactionDep, actor: Writes
) -> Response:
    """Delete a webhook."""
    row = await hook_of(transaction.session, hook, actor)
    await HookService(office, transaction, actor).delete(row)
    return go("/hooks", "deleted")


async def _one(space: Space, session: AsyncSession, office: Office, row: Hook) -> Response:
    deliveries = await HookRepository(session).deliveries(row.id, SHOWN)
    values: dict[str, Any] = {
        "hook": row,
        "events": [(kind, EVENTS[kind].text) for kind in row.events if kind in EVENTS],
        "deliveries": deliveries,
        "outcomes": {each.id: outcome(each, space.texts) for each in deliveries},
        "states": {name: space.texts.gettext(text) for name, text in STATES.items()},
        "now_ms": office.now_ms(),
        "done": space.said(DONE),
    }
    return space.page("hooks_one.html", values)


def _form(space: Space, office: Office, row: Hook | None, given: Typed[Any]) -> Response:
    groups: dict[str, list[tuple[str, str]]] = {}
    for kind in CHOICES:
        found = groups.setdefault(space.texts.gettext(EVENTS[kind].about), [])
        found.append((kind, space.texts.gettext(EVENTS[kind].text)))
    values = {
        "hook": row,
        "typed": given,
        "groups": groups,
        "networks": office.settings.hook_networks,
    }
    return space.page("hooks_form.html", values, 422 if given.complaints else 200)


def _example(kind: str, now_ms: int) -> str:
    body = json.loads(body_of(kind, EVENTS[kind].example, now_ms))
    return json.dumps(body, ensure_ascii=False, indent=2)
