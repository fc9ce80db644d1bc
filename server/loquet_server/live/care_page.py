"""What somebody looks after: refusals at doors, and incidents that were seen to."""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Form, Path, Query, Request
from fastapi.responses import HTMLResponse

from loquet_server.errors import Conflict
from loquet_server.live.broadcaster import Broadcaster
from loquet_server.live.fragments import audience_of, moments_of, seen_by
from loquet_server.live.orders import Orders
from loquet_server.live.schemas import IncidentView, LiveView, RefusalView
from loquet_server.live.service import LiveService
from loquet_server.web.pages import Audience, render
from loquet_server.who import Actor, Permission, needs

NOTE_LENGTH: Final = 300
Number = Annotated[int, Path(ge=1, lt=2**53)]
Where = Annotated[str | None, Query(max_length=64)]
Note = Annotated[str, Form(max_length=NOTE_LENGTH)]
Cares = Annotated[Actor, needs(Permission.MEMBERS_WRITE)]
Attends = Annotated[Actor, needs(Permission.DOORS_RELEASE)]


def routes(live: LiveService, broadcaster: Broadcaster, orders: Orders) -> APIRouter:
    """Return the routes of what is looked after."""
    router = APIRouter()
    router.include_router(_refusal_routes(live, broadcaster, orders))
    router.include_router(_incident_routes(live, broadcaster, orders))
    return router


def _refusal_routes(live: LiveService, broadcaster: Broadcaster, orders: Orders) -> APIRouter:
    router = APIRouter()

    @router.get("/live/refusals/{passage}")
    async def ask(
        request: Request, passage: Number, actor: Cares, site: Where = None
    ) -> HTMLResponse:
        view, found = await _refusal(live, request, actor, passage, site)
        if view is None or found is None:
            return render(request, "live_care.html", _gone("refusal"), 404)
        values = await _of_refusal(live, orders, actor, view, found)
        return _show(request, view, values)

    @router.post("/live/refusals/{passage}")
    async def done(
        request: Request, passage: Number, actor: Cares, site: Where = None, note: Note = ""
    ) -> HTMLResponse:
        view, found = await _refusal(live, request, actor, passage, site)
        if view is None or found is None:
            return render(request, "live_care.html", _gone("refusal"), 404)
        await orders.follow_up(view.space.id, found.passages, note.strip(), actor.name)
        broadcaster.changed("refusal", str(passage), 0, view.space.id)
        return _show(request, view, {"what": "refusal", "state": "done", "refusal": found})

    return router


def _incident_routes(live: LiveService, broadcaster: Broadcaster, orders: Orders) -> APIRouter:
    router = APIRouter()

    @router.get("/live/incidents/{incident}/close")
    async def ask(
        request: Request, incident: Number, actor: Attends, site: Where = None
    ) -> HTMLResponse:
        return await _asked(live, request, actor, incident, site)

    @router.post("/live/incidents/{incident}/close")
    async def close(
        request: Request, incident: Number, actor: Attends, site: Where = None
    ) -> HTMLResponse:
        view, found = await _incident(live, request, actor, incident, site)
        if view is None or found is None:
            return render(request, "live_care.html", _gone("incident"), 404)
        await orders.close_incident(incident, actor)
        broadcaster.changed("incident", found.kind, 0, view.space.id)
        return _show(request, view, {"what": "incident", "state": "done", "incident": found})

    @router.post("/live/incidents/{incident}/take-on")
    async def take_on(
        request: Request, incident: Number, actor: Attends, site: Where = None
    ) -> HTMLResponse:
        view, found = await _incident(live, request, actor, incident, site)
        if view is None or found is None:
            return render(request, "live_care.html", _gone("incident"), 404)
        try:
            await orders.take_on_incident(incident, actor)
        except Conflict:  # somebody was quicker: the page says who
            return await _asked(live, request, actor, incident, site, 409)
        broadcaster.changed("incident", found.kind, 0, view.space.id)
        return _show(request, view, {"what": "incident", "state": "taken", "incident": found})

    return router


async def _asked(
    live: LiveService, request: Request, actor: Actor, incident: int, site: str | None,
    status: int = 200,
) -> HTMLResponse:  # fmt: skip
    view, found = await _incident(live, request, actor, incident, site)
    if view is None or found is None:
        return render(request, "live_care.html", _gone("incident"), 404)
    values = {"what": "incident", "state": "ask", "incident": found}
    return _show(request, view, values, status)


async def _refusal(
    live: LiveService, request: Request, actor: Actor, passage: int, site: str | None
) -> tuple[LiveView | None, RefusalView | None]:
    view = await live.view(site or actor.site)
    if view is None or not actor.sees(view.space.id):
        return None, None
    view = seen_by(view, audience_of(Audience.of(request).language, actor))
    return view, next((each for each in view.refusals if passage in each.passages), None)


async def _incident(
    live: LiveService, request: Request, actor: Actor, incident: int, site: str | None
) -> tuple[LiveView | None, IncidentView | None]:
    view = await live.view(site or actor.site)
    if view is None or not actor.sees(view.space.id):
        return None, None
    view = seen_by(view, audience_of(Audience.of(request).language, actor))
    return view, next((each for each in view.incidents if each.id == str(incident)), None)


async def _of_refusal(
    live: LiveService, orders: Orders, actor: Actor, view: LiveView, found: RefusalView
) -> dict[str, Any]:
    """Return what helps to look after it: whom to call, for those who may know. It is a look."""
    holder, phone = found.passage.holder, ""
    if holder is not None and actor.may(Permission.MEMBERS_READ):
        phone = await live.phone(holder)
        await orders.looked(holder, actor)
    return {"what": "refusal", "state": "ask", "refusal": found, "phone": phone}


def _gone(what: str) -> dict[str, Any]:
    return {"what": what, "state": "gone"}


def _show(
    request: Request, view: LiveView, values: dict[str, Any], status: int = 200
) -> HTMLResponse:
    language = Audience.of(request).language
    around = {
        "space": view.space.name, "view": view, "moments": moments_of(view, language),
        "note_length": NOTE_LENGTH,
    }  # fmt: skip
    return render(request, "live_care.html", around | values, status)
