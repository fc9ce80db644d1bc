"""``/``: the live page, one space at a time; its stream; ``/spaces``: all of them in numbers."""

import asyncio
import json
from collections.abc import AsyncGenerator
from typing import Annotated, Final

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse
from sse_starlette import EventSourceResponse, ServerSentEvent

from loquet_server.errors import NotFound
from loquet_server.live import care_page, order_page
from loquet_server.live.broadcaster import Broadcaster
from loquet_server.live.fragments import audience_of, moments_of, render_fragments, seen_by
from loquet_server.live.orders import Orders
from loquet_server.live.schemas import SpaceView, totals
from loquet_server.live.service import LiveService
from loquet_server.web.i18n import DEFAULT, LANGUAGES
from loquet_server.web.pages import YEAR, Audience, render
from loquet_server.web.streams import until
from loquet_server.who import Actor, Permission, needs

BEAT_SECONDS: Final = 10.0
"""With nothing to say the stream says so this often; a page that hears nothing shows its age."""
RETRY_MS: Final = 1000
SEND_SECONDS: Final = 30.0
"""A viewer that takes nothing for this long is let go; its browser comes back by itself."""
STREAM_SECONDS: Final = 1800.0
"""Then the page asks again, and again has to be allowed to."""
SITE_COOKIE: Final = "loquet_site"

Reads = Annotated[Actor, needs(Permission.LIVE_READ)]
Wanted = Annotated[str | None, Query(max_length=64)]


def routes(
    live: LiveService, broadcaster: Broadcaster, orders: Orders, closing: asyncio.Event
) -> APIRouter:
    """Return the live page's routes; streams end when ``closing`` is set."""
    router = APIRouter(include_in_schema=False)
    router.include_router(order_page.routes(live, broadcaster, orders))
    router.include_router(care_page.routes(live, broadcaster, orders))

    @router.get("/")
    async def page(
        request: Request, actor: Reads, site: Wanted = None, big: bool = False
    ) -> HTMLResponse:
        spaces = await live.spaces(actor.site)
        if site is not None and site not in {space.id for space in spaces}:
            return render(request, "not_found.html", {}, 404)
        chosen = _chosen(spaces, site, request.cookies.get(SITE_COOKIE))
        view = None if chosen is None else await live.view(chosen)
        if view is None:
            return render(request, "nothing_yet.html", {})
        language = Audience.of(request).language
        audience = audience_of(language, actor, wall=big)
        values = {
            "view": seen_by(view, audience),
            "space": view.space.name,
            "spaces": spaces,
            "wall": big,
            "moments": moments_of(view, language),
            "fragments": render_fragments(view, audience),
            "restored": await live.restored(actor),
        }
        answer = render(request, "live.html", values)
        if site is not None:
            answer.set_cookie(SITE_COOKIE, site, max_age=YEAR, samesite="lax", httponly=True)
        return answer

    @router.get("/spaces")
    async def overview(request: Request, actor: Reads) -> HTMLResponse:
        spaces = await live.spaces(actor.site)
        views = [await live.view(space.id) for space in spaces]
        found = [totals(view) for view in views if view is not None]
        if not found:
            return render(request, "nothing_yet.html", {})
        return render(request, "live_spaces.html", {"totals": found})

    router.include_router(_stream(live, broadcaster, closing))
    return router


def _stream(live: LiveService, broadcaster: Broadcaster, closing: asyncio.Event) -> APIRouter:
    router = APIRouter()

    @router.get("/live/stream")
    async def stream(
        actor: Reads, lang: str = DEFAULT, site: Wanted = None, big: bool = False
    ) -> EventSourceResponse:
        spaces = await live.spaces(actor.site)
        chosen = _chosen(spaces, site, None)
        language = lang if lang in LANGUAGES else DEFAULT
        headers = {"cache-control": "no-store", "x-accel-buffering": "no"}
        audience = audience_of(language, actor, wall=big)
        news = until(closing, _news(broadcaster, audience, chosen))
        return EventSourceResponse(news, headers=headers, send_timeout=SEND_SECONDS)

    return router


def _chosen(
    spaces: tuple[SpaceView, ...], wanted: str | None, remembered: str | None
) -> str | None:
    """Return which space to show, None if there is none; raise NotFound for one not seen."""
    known = {space.id for space in spaces}
    if wanted is not None and wanted not in known:
        raise NotFound(f"there is no space {wanted!r}")
    if wanted is not None or remembered in known:
        return wanted or remembered
    return min(known, default=None)


async def _news(
    broadcaster: Broadcaster, audience: str, site: str | None
) -> AsyncGenerator[ServerSentEvent, None]:
    clock = asyncio.get_running_loop().time
    end = clock() + STREAM_SECONDS
    with broadcaster.watch(audience, site) as viewer:
        while clock() < end:
            try:
                async with asyncio.timeout(BEAT_SECONDS):
                    update = await viewer.next()
            except TimeoutError:
                yield ServerSentEvent(data="", event="beat")
                continue
            said = {"ids": update.ids, "fragments": update.fragments}
            yield ServerSentEvent(data=json.dumps(said), event="update", retry=RETRY_MS)
