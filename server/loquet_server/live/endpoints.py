"""``/``: the live page; ``/live/...``: its stream, and orders to doors by plain forms."""

import asyncio
import json
from collections.abc import AsyncGenerator
from typing import Annotated, Final

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse
from sse_starlette import EventSourceResponse, ServerSentEvent

from loquet_server.live.broadcaster import Broadcaster
from loquet_server.live.fragments import audience_of, moments_of, render_fragments, seen_by
from loquet_server.live.orders import OrderFailed, Orders
from loquet_server.live.schemas import DoorView, LiveView
from loquet_server.live.service import LiveService
from loquet_server.web.i18n import DEFAULT, LANGUAGES
from loquet_server.web.pages import Audience, render
from loquet_server.web.streams import until
from loquet_server.who import Actor, Permission, needs, own

BEAT_SECONDS: Final = 10.0
"""With nothing to say the stream says so this often; a page that hears nothing shows its age."""
RETRY_MS: Final = 1000
SEND_SECONDS: Final = 30.0
"""A viewer that takes nothing for this long is let go; its browser comes back by itself."""
REASON_LENGTH: Final = 200
STREAM_SECONDS: Final = 1800.0
"""Then the page asks again, and again has to be allowed to."""
ORDERS: Final = {
    "release": Permission.DOORS_RELEASE,
    "lock_down": Permission.DOORS_LOCKDOWN,
    "lift": Permission.DOORS_LOCKDOWN,
}
SITE_ORDERS: Final = ("lock_down", "lift")

Reason = Annotated[str, Form(max_length=REASON_LENGTH)]
Reads = Annotated[Actor, needs(Permission.LIVE_READ)]
LocksDown = Annotated[Actor, needs(Permission.DOORS_LOCKDOWN)]


def routes(
    live: LiveService, broadcaster: Broadcaster, orders: Orders, closing: asyncio.Event
) -> APIRouter:
    """Return the live page's routes; streams end when ``closing`` is set."""
    router = APIRouter(include_in_schema=False)
    for order, permission in ORDERS.items():
        router.include_router(_order_routes(live, broadcaster, orders, order, permission))
    for order in SITE_ORDERS:
        router.include_router(_site_order_routes(live, broadcaster, orders, order))

    @router.get("/")
    async def page(request: Request, actor: Reads) -> HTMLResponse:
        view = await live.view()
        if view is None or not actor.sees(view.space.id):
            return render(request, "nothing_yet.html", {})
        language = Audience.of(request).language
        audience = audience_of(language, actor)
        values = {
            "view": seen_by(view, audience),
            "space": view.space.name,
            "moments": moments_of(view, language),
            "fragments": render_fragments(view, audience),
        }
        return render(request, "live.html", values)

    @router.get("/live/stream")
    async def stream(actor: Reads, lang: str = DEFAULT) -> EventSourceResponse:
        view = await live.view()
        if view is not None:
            own(actor, view.space.id, "such space")
        language = lang if lang in LANGUAGES else DEFAULT
        headers = {"cache-control": "no-store", "x-accel-buffering": "no"}
        news = until(closing, _news(broadcaster, audience_of(language, actor)))
        return EventSourceResponse(news, headers=headers, send_timeout=SEND_SECONDS)

    return router


def _order_routes(
    live: LiveService, broadcaster: Broadcaster, orders: Orders, order: str, may: Permission
) -> APIRouter:
    """One order to one door: the question, and the deed."""
    router = APIRouter()

    @router.get(f"/live/doors/{{door}}/{order}")
    async def ask(request: Request, door: str, actor: Annotated[Actor, needs(may)]) -> HTMLResponse:
        view, found = await _seen(live, actor, door)
        if view is None or found is None:
            return render(request, "not_found.html", {}, 404)
        return render(request, "order.html", _order(view, found, order))

    @router.post(f"/live/doors/{{door}}/{order}")
    async def carry_out(
        request: Request, door: str, actor: Annotated[Actor, needs(may)], reason: Reason = ""
    ) -> HTMLResponse:
        view, found = await _seen(live, actor, door)
        if view is None or found is None:
            return render(request, "not_found.html", {}, 404)
        if not reason.strip():
            return render(request, "order.html", _order(view, found, order, missing=True), 422)
        try:
            await getattr(orders, order)(door, reason.strip(), actor.name)
        except OrderFailed as failure:
            values = _order(view, found, order, problem=failure.detail, reason=reason)
            return render(request, "order.html", values, failure.status)
        broadcaster.changed("door", door, 0)
        return render(request, "order.html", _order(view, found, order, done=True))

    return router


def _site_order_routes(
    live: LiveService, broadcaster: Broadcaster, orders: Orders, order: str
) -> APIRouter:
    """An order to all doors of the space at once."""
    router = APIRouter()

    @router.get(f"/live/site/{order}")
    async def ask(request: Request, actor: LocksDown) -> HTMLResponse:
        view, _ = await _seen(live, actor)
        if view is None or not view.doors:
            return render(request, "not_found.html", {}, 404)
        return render(request, "order.html", _order(view, None, order))

    @router.post(f"/live/site/{order}")
    async def carry_out(request: Request, actor: LocksDown, reason: Reason = "") -> HTMLResponse:
        view, _ = await _seen(live, actor)
        if view is None or not view.doors:
            return render(request, "not_found.html", {}, 404)
        if not reason.strip():
            return render(request, "order.html", _order(view, None, order, missing=True), 422)
        give = orders.lock_down_site if order == "lock_down" else orders.lift_site
        try:
            await give(view.space.id, reason.strip(), actor.name)
        except OrderFailed as failure:
            values = _order(view, None, order, problem=failure.detail, reason=reason)
            return render(request, "order.html", values, failure.status)
        broadcaster.changed("site", view.space.id, 0)
        return render(request, "order.html", _order(view, None, order, done=True))

    return router


async def _seen(
    live: LiveService, actor: Actor, door: str = ""
) -> tuple[LiveView | None, DoorView | None]:
    """Return the space, if it is the actor's to see, and one of its doors."""
    view = await live.view()
    if view is None or not actor.sees(view.space.id):
        return None, None
    return view, next((each for each in view.doors if each.id == door), None)


async def _news(broadcaster: Broadcaster, audience: str) -> AsyncGenerator[ServerSentEvent, None]:
    clock = asyncio.get_running_loop().time
    end = clock() + STREAM_SECONDS
    with broadcaster.watch(audience) as viewer:
        while clock() < end:
            try:
                update = await asyncio.wait_for(viewer.next(), BEAT_SECONDS)
            except TimeoutError:
                yield ServerSentEvent(data="", event="beat")
                continue
            said = {"ids": update.ids, "fragments": update.fragments}
            yield ServerSentEvent(data=json.dumps(said), event="update", retry=RETRY_MS)


def _order(
    view: LiveView,
    door: DoorView | None,
    order: str,
    *,
    missing: bool = False,
    problem: str = "",
    reason: str = "",
    done: bool = False,
) -> dict[str, object]:
    """Return what the form shows; ``door`` None: the order is to all doors."""
    return {
        "space": view.space.name,
        "door": door,
        "order": order,
        "missing": missing,
        "problem": problem,
        "reason": reason,
        "done": done,
        "reason_length": REASON_LENGTH,
    }
