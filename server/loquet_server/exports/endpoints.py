"""Exports over the API; each is written in the record before its first line goes out."""

from collections.abc import AsyncIterator
from typing import Annotated, Literal

from fastapi import APIRouter, Query
from fastapi.responses import StreamingResponse

from loquet_server.days import DAY_MS, instant
from loquet_server.errors import NotFound
from loquet_server.exports.kinds import Kind
from loquet_server.exports.repository import ExportRepository, Wanted
from loquet_server.exports.service import ACTIONS, NAMING, lines
from loquet_server.ledger import record
from loquet_server.office import Office, OfficeDep
from loquet_server.privacy import looked
from loquet_server.who import Actor, Permission, proved

router = APIRouter(prefix="/api/v1/exports", tags=["exports"])
Moment = Annotated[int | None, Query(ge=0, lt=2**53, description="UTC milliseconds.")]
MONTH_MS = 31 * DAY_MS


@router.get(
    "/{kind}", response_class=StreamingResponse, responses={200: {"content": {"text/csv": {}}}}
)
async def export(
    kind: Kind,
    office: OfficeDep,
    actor: Annotated[Actor, proved(Permission.DATA_EXPORT, tokens=True)],
    site: Annotated[str | None, Query(max_length=64)] = None,
    since: Moment = None,
    until: Moment = None,
    lang: Literal["fr", "en"] = "fr",
) -> StreamingResponse:
    """Return members, badges, passages or used passes as CSV (of the last 31 days, by default)."""
    return await download(office, actor, kind, lang, site, since, until)


async def download(
    office: Office,
    actor: Actor,
    kind: Kind,
    language: str,
    site: str | None = None,
    since: int | None = None,
    until: int | None = None,
) -> StreamingResponse:
    """Return an export that streams; raise NotFound for a site that the actor does not see."""
    now = office.now_ms()
    async with office.database.with_transaction() as session:
        place = await ExportRepository(session).site(site or actor.site)
        if place is None or not actor.sees(place.id):
            raise NotFound(f"there is no site {site!r}" if site else "there is no space yet")
        wanted = Wanted(
            place.id, now - MONTH_MS if since is None else since, 2**53 if until is None else until
        )
        record(
            session, ACTIONS[kind], kind.value, now, actor=actor.name, site=place.id,
            detail={"since": wanted.since},
        )  # fmt: skip
        if kind in NAMING:
            named = await ExportRepository(session).named(wanted)
            await looked(session, actor, "export", named, now)

    async def content() -> AsyncIterator[str]:
        async with office.database.reading() as reading:
            async for line in lines(reading, kind, wanted, language):
                yield line

    name = f"{kind.value}-{instant(now).date().isoformat()}.csv"
    headers = {
        "content-disposition": f'attachment; filename="{name}"', "cache-control": "no-store",
    }  # fmt: skip
    return StreamingResponse(content(), media_type="text/csv; charset=utf-8", headers=headers)
