"""``/showing``: whether everybody may know how full it is; ``/public``: what they are told."""

import hashlib
from dataclasses import dataclass, field
from typing import Annotated, Any, Final

from fastapi import APIRouter, Path, Request
from fastapi.responses import Response

from loquet_server.errors import NotFound
from loquet_server.hosts import line_of
from loquet_server.identity.arriving import base_of
from loquet_server.ledger import record
from loquet_server.models import Action, Site
from loquet_server.office import Office, OfficeDep, ReadingDep, TransactionDep
from loquet_server.rate import Rate
from loquet_server.showing.drawing import badge
from loquet_server.showing.repository import ShowingRepository
from loquet_server.showing.schemas import PublicOut, ShowingForm
from loquet_server.showing.service import Public, public
from loquet_server.timetable.space import space_of
from loquet_server.usual.now import GROUP, desks_now, whole
from loquet_server.web.forms import Typed, typed
from loquet_server.web.i18n import LANGUAGES, N_
from loquet_server.web.rooms import go
from loquet_server.who import Actor, Permission, needs

Writes = Annotated[Actor, needs(Permission.SETTINGS_WRITE)]
SiteId = Annotated[str, Path(pattern="^[a-z0-9_-]{1,64}$")]
DONE: Final = {
    "on": N_("Everybody can now see how full it is, in a word, while it is open."),
    "off": N_("Nobody outside sees how full it is any more."),
}
SECONDS: Final = 60
"""How long browsers, and this server, keep an answer."""
MOST: Final = 120
"""Questions from one address in a minute."""
router = APIRouter(include_in_schema=False)


@dataclass(slots=True)
class Kept:
    """Answers of the last minute: a website's visitors must not ask the database each."""

    found: dict[str, tuple[int, Public]] = field(default_factory=dict)

    async def public(self, session: Any, site: str, now: int) -> Public:
        """Return what is told of a site; raise NotFound where it tells nothing."""
        known = self.found.get(site)
        if known is not None and 0 <= now - known[0] < SECONDS * 1000:
            return known[1]
        repository = ShowingRepository(session)
        row = await repository.site(site)
        if row is None or not await repository.enabled(site):
            raise NotFound(f"there is no space {site!r} that shows how full it is")
        made = await public(session, row, now)
        self.found[site] = (now, made)
        return made


def routes(_office: Office) -> APIRouter:
    """Return the routes of the setting, and of what everybody may ask."""
    both = APIRouter(include_in_schema=False)
    both.include_router(router)
    both.include_router(_public())
    return both


def _public() -> APIRouter:
    open_to_all = APIRouter(include_in_schema=False)
    words = "asked too often from this address; an answer is good for a minute"
    kept, rate = Kept(), Rate(MOST, 60.0, words=words)

    def check(request: Request) -> None:
        client = request.client.host if request.client else ""
        rate.check(client)
        rate.failed(line_of(client))

    @open_to_all.get("/public/{site}.json")
    async def as_json(
        request: Request, site: SiteId, office: OfficeDep, session: ReadingDep, lang: str = ""
    ) -> Response:
        check(request)
        told = _told(await kept.public(session, site, office.now_ms()), lang)
        return _answer(request, told.model_dump_json(), "application/json")

    @open_to_all.get("/public/{site}.svg")
    async def as_svg(
        request: Request, site: SiteId, office: OfficeDep, session: ReadingDep, lang: str = ""
    ) -> Response:
        check(request)
        told = _told(await kept.public(session, site, office.now_ms()), lang)
        return _answer(request, badge(told.space, told.text, told.band), "image/svg+xml")

    return open_to_all


def _told(found: Public, language: str) -> PublicOut:
    chosen = language if language in LANGUAGES else found.site.locale[:2]
    return found.told(chosen if chosen in LANGUAGES else LANGUAGES[0])


def _answer(request: Request, text: str, kind: str) -> Response:
    tag = f'"{hashlib.sha256(text.encode()).hexdigest()[:16]}"'
    headers = {
        "etag": tag, "cache-control": f"public, max-age={SECONDS}",
        "access-control-allow-origin": "*", "cross-origin-resource-policy": "cross-origin",
    }  # fmt: skip
    if tag in [each.strip() for each in request.headers.get("if-none-match", "").split(",")]:
        return Response(status_code=304, headers=headers)
    return Response(text, media_type=kind, headers=headers)


@router.get("/showing")
async def show(request: Request, office: OfficeDep, session: ReadingDep, actor: Writes) -> Response:
    """Show the setting, a preview, and what to copy into a website."""
    space = await space_of(request, session, office, actor)
    found = await public(session, space.site, office.now_ms())
    enabled = await ShowingRepository(session).enabled(space.site.id)
    desks = whole(await desks_now(session, space.site.id)).desks
    address = f"{base_of(office, request)}/public/{space.site.id}"
    values = {
        "enabled": enabled,
        "typed": Typed({"enabled": enabled}),
        "found": found,
        "told": _told(found, space.texts.code),
        "address": address,
        "few": desks < GROUP,
        "group": GROUP,
        "snippet": _snippet(address, space.site, space.texts.code),
        "done": space.said(DONE),
    }
    return space.page("showing.html", values)


@router.get("/showing/preview.svg")
async def preview(
    request: Request, office: OfficeDep, session: ReadingDep, actor: Writes
) -> Response:
    """Return the badge as it would be now, also while nobody is shown it."""
    space = await space_of(request, session, office, actor)
    told = _told(await public(session, space.site, office.now_ms()), space.texts.code)
    drawn = badge(told.space, told.text, told.band)
    return Response(drawn, media_type="image/svg+xml", headers={"cache-control": "no-store"})


@router.post("/showing")
async def choose(
    request: Request, office: OfficeDep, transaction: TransactionDep, actor: Writes
) -> Response:
    """Keep the setting."""
    session, now = transaction.session, office.now_ms()
    space = await space_of(request, session, office, actor)
    given = await typed(request, ShowingForm, space.texts)
    enabled = given.model is not None and given.model.enabled
    await ShowingRepository(session).choose(space.site.id, enabled, now)
    record(
        session, Action.SHOWING_CHANGED, space.site.id, now, actor=actor.name,
        site=space.site.id, detail={"enabled": enabled},
    )  # fmt: skip
    return go("/showing", "on" if enabled else "off")


def _snippet(address: str, site: Site, language: str) -> str:
    name = site.name.replace("&", "&amp;").replace('"', "&quot;").replace("<", "&lt;")
    return f'<img src="{address}.svg?lang={language}" alt="{name}" height="28">'
