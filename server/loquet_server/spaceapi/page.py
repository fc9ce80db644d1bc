"""``/settings/spaceapi``: what the space tells everybody, as it will be read."""

import json
from typing import Annotated, Any, Final

from fastapi import APIRouter, Request
from fastapi.responses import Response
from sqlalchemy.ext.asyncio import AsyncSession

from loquet_server.ledger import record
from loquet_server.models import Action
from loquet_server.office import Office, OfficeDep, ReadingDep, TransactionDep
from loquet_server.spaceapi.endpoints import Kept
from loquet_server.spaceapi.schemas import PublicSpace
from loquet_server.spaceapi.service import document, load, store
from loquet_server.timetable.space import Space, space_of
from loquet_server.web.forms import Typed, typed
from loquet_server.web.i18n import N_
from loquet_server.web.rooms import go
from loquet_server.who import Actor, Permission, needs

router = APIRouter(include_in_schema=False)
Owner = Annotated[Actor, needs(Permission.SETTINGS_WRITE)]
PATH: Final = "/settings/spaceapi"
DONE: Final = {
    "on": N_("Saved. Everybody can now read it."),
    "off": N_("Saved. Nobody can read it while it is switched off."),
}


def routes(_office: Office) -> APIRouter:
    """Return the routes of the public state's settings."""
    return router


@router.get(PATH)
async def show(request: Request, office: OfficeDep, session: ReadingDep, actor: Owner) -> Response:
    """Show the form, and what is told now."""
    space = await space_of(request, session, office, actor)
    said = await load(session, space.site.id)
    given: Typed[PublicSpace] = Typed({} if said is None else said.model_dump())
    return await _page(space, session, office, given, said)


@router.post(PATH)
async def save(
    request: Request, office: OfficeDep, transaction: TransactionDep, actor: Owner
) -> Response:
    """Keep what is told."""
    space = await space_of(request, transaction.session, office, actor)
    given = await typed(request, PublicSpace, space.texts)
    if given.model is None:
        return await _page(space, transaction.session, office, given, None, 422)
    await store(transaction.session, space.site.id, given.model)
    record(
        transaction.session, Action.SETTING_CHANGED, "spaceapi", office.now_ms(), actor=actor.name,
        site=space.site.id, detail={"enabled": given.model.enabled, "people": given.model.people},
    )  # fmt: skip

    async def anew() -> None:
        request.app.state.spaceapi = Kept()

    transaction.after.do(anew)
    return go(PATH, "on" if given.model.enabled else "off")


async def _page(
    space: Space, session: AsyncSession, office: Office, given: Typed[PublicSpace],
    said: PublicSpace | None, status: int = 200,
) -> Response:  # fmt: skip
    base = office.settings.public_url.rstrip("/") or str(space.request.base_url).rstrip("/")
    values: dict[str, Any] = {
        "typed": given,
        "said": said,
        "address": f"{base}/spaceapi.json",
        "preview": "",
        "done": space.said(DONE),
    }
    if said is not None:
        found = await document(session, space.site, said, office.now_ms())
        values["preview"] = json.dumps(found, ensure_ascii=False, indent=2)
    return space.page("spaceapi.html", values, status)
