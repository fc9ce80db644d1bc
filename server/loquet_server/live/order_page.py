"""Orders to doors by plain forms: released in two taps, locked down and lifted with the proof."""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import HTMLResponse

from loquet_server.live.broadcaster import Broadcaster
from loquet_server.live.fragments import moments_of
from loquet_server.live.orders import OrderFailed, Orders
from loquet_server.live.schemas import DoorView, LiveView
from loquet_server.live.service import LiveService
from loquet_server.web.i18n import N_, translations
from loquet_server.web.pages import Audience, render
from loquet_server.who import Actor, Permission, needs

REASON_LENGTH: Final = 200
ORDERS: Final = {
    "release": Permission.DOORS_RELEASE,
    "lock_down": Permission.DOORS_LOCKDOWN,
    "lift": Permission.DOORS_LOCKDOWN,
}
SITE_ORDERS: Final = ("lock_down", "lift")
PRESETS: Final = {
    "release": {
        "badge_forgotten": N_("Forgot the badge"),
        "delivery": N_("Delivery"),
        "visitor": N_("Visitor"),
        "craftsman": N_("Repair or cleaning"),
    },
    "lift": {"over": N_("The danger is over"), "mistake": N_("It was a mistake")},
}
"""Reasons that are one tap; a lockdown's is worth a word of its own."""

Reason = Annotated[str, Form(max_length=REASON_LENGTH)]
Preset = Annotated[str, Form(max_length=40)]
Where = Annotated[str | None, Query(max_length=64)]
LocksDown = Annotated[Actor, needs(Permission.DOORS_LOCKDOWN)]


def routes(live: LiveService, broadcaster: Broadcaster, orders: Orders) -> APIRouter:
    """Return the routes of orders to one door, and to all of a space."""
    router = APIRouter()
    for order, permission in ORDERS.items():
        router.include_router(_order_routes(live, broadcaster, orders, order, permission))
    for order in SITE_ORDERS:
        router.include_router(_site_order_routes(live, broadcaster, orders, order))
    return router


def _order_routes(
    live: LiveService, broadcaster: Broadcaster, orders: Orders, order: str, may: Permission
) -> APIRouter:
    """One order to one door: the question, and the deed."""
    router = APIRouter()

    @router.get(f"/live/doors/{{door}}/{order}")
    async def ask(request: Request, door: str, actor: Annotated[Actor, needs(may)]) -> HTMLResponse:
        view, found = await _door(live, actor, door)
        if view is None or found is None:
            return render(request, "not_found.html", {}, 404)
        return _show(request, view, found, order)

    @router.post(f"/live/doors/{{door}}/{order}")
    async def carry_out(
        request: Request, door: str, actor: Annotated[Actor, needs(may)],
        reason: Reason = "", preset: Preset = "",
    ) -> HTMLResponse:  # fmt: skip
        view, found = await _door(live, actor, door)
        if view is None or found is None:
            return render(request, "not_found.html", {}, 404)
        why = _reason(request, order, reason, preset)
        if not why:
            return _show(request, view, found, order, 422, missing=True)
        try:
            await getattr(orders, order)(door, why, actor.name)
        except OrderFailed as failure:
            return _failed(request, view, found, order, failure, why)
        broadcaster.changed("door", door, 0, view.space.id)
        view, found = await _door(live, actor, door)
        assert view is not None
        return _show(request, view, found, order, done=True, reason=why)

    return router


def _site_order_routes(
    live: LiveService, broadcaster: Broadcaster, orders: Orders, order: str
) -> APIRouter:
    """An order to all doors of a space at once."""
    router = APIRouter()

    @router.get(f"/live/site/{order}")
    async def ask(request: Request, actor: LocksDown, site: Where = None) -> HTMLResponse:
        view = await _space(live, actor, site)
        if view is None or not view.doors:
            return render(request, "not_found.html", {}, 404)
        return _show(request, view, None, order)

    @router.post(f"/live/site/{order}")
    async def carry_out(
        request: Request, actor: LocksDown, site: Where = None, reason: Reason = "",
        preset: Preset = "",
    ) -> HTMLResponse:  # fmt: skip
        view = await _space(live, actor, site)
        if view is None or not view.doors:
            return render(request, "not_found.html", {}, 404)
        why = _reason(request, order, reason, preset)
        if not why:
            return _show(request, view, None, order, 422, missing=True)
        give = orders.lock_down_site if order == "lock_down" else orders.lift_site
        try:
            await give(view.space.id, why, actor.name)
        except OrderFailed as failure:
            return _failed(request, view, None, order, failure, why)
        broadcaster.changed("site", view.space.id, 0, view.space.id)
        now = await _space(live, actor, site)
        assert now is not None
        return _show(request, now, None, order, done=True, reason=why)

    return router


async def _space(live: LiveService, actor: Actor, site: str | None) -> LiveView | None:
    """Return a space as it is now, if it is the actor's to see."""
    view = await live.view(site or actor.site)
    return view if view is not None and actor.sees(view.space.id) else None


async def _door(
    live: LiveService, actor: Actor, door: str
) -> tuple[LiveView | None, DoorView | None]:
    """Return a door and its space, if they are the actor's to see."""
    site = await live.site_of_door(door)
    view = None if site is None else await _space(live, actor, site)
    if view is None:
        return None, None
    return view, next((each for each in view.doors if each.id == door), None)


def _reason(request: Request, order: str, written: str, preset: str) -> str:
    """Return why, as it goes into the record: a preset in the language of whoever gave it."""
    known = PRESETS.get(order, {}).get(preset)
    if known is not None:
        return translations(Audience.of(request).language).gettext(known)
    return written.strip()


def _failed(
    request: Request, view: LiveView, door: DoorView | None, order: str, failure: OrderFailed,
    reason: str,
) -> HTMLResponse:  # fmt: skip
    return _show(
        request, view, door, order, failure.status, problem=failure.detail, trouble=failure.kind,
        reason=reason,
    )  # fmt: skip


def _show(
    request: Request, view: LiveView, door: DoorView | None, order: str, status: int = 200,
    **said: Any,
) -> HTMLResponse:  # fmt: skip
    """Return the form, or what became of the order; ``door`` None: it is to all doors."""
    values = {
        "space": view.space.name,
        "view": view,
        "moments": moments_of(view, Audience.of(request).language),
        "door": door,
        "order": order,
        "presets": PRESETS.get(order, {}),
        "reason_length": REASON_LENGTH,
        "missing": False,
        "problem": "",
        "trouble": "",
        "reason": "",
        "done": False,
    }
    return render(request, "order.html", values | said, status)
