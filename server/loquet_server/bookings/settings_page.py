"""``/bookings/settings``: what can be booked, and what each plan allows."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request
from fastapi.responses import HTMLResponse, Response

from loquet_server.bookings.schemas import (
    DeskForm,
    EquipmentForm,
    RoomForm,
    SettingsForm,
    TermsForm,
    as_values,
)
from loquet_server.bookings.settings import BookingSettings, SettingsRepository
from loquet_server.models import BookingTerms
from loquet_server.office import OfficeDep, ReadingDep, Transaction, TransactionDep
from loquet_server.people.frame import Frame
from loquet_server.people.text import ID_PATTERN, in_language
from loquet_server.reservations.repository import ReservationRepository
from loquet_server.reservations.resources import Resource, ResourceRepository
from loquet_server.reservations.rules import Kind
from loquet_server.web.forms import Typed, typed
from loquet_server.web.i18n import N_
from loquet_server.web.rooms import go
from loquet_server.who import Actor, Permission, needs, own

HOME = "/bookings/settings"
ORDER = (Kind.ROOM, Kind.EQUIPMENT, Kind.DESK)
DONE = {
    "saved": N_("It is saved."),
    "archived": N_("It can no longer be booked."),
    "room": N_("It is saved; the doors are told at once."),
}
Writer = Annotated[Actor, needs(Permission.PLANS_WRITE)]
Named = Annotated[str, Path(pattern=ID_PATTERN)]
router = APIRouter(include_in_schema=False)


@router.get(HOME)
async def settings_page(
    request: Request, office: OfficeDep, session: ReadingDep, actor: Writer
) -> HTMLResponse:
    """Show what can be booked, and by whom."""
    frame = await Frame.of(request, office, session, actor)
    settings = await ReservationRepository(session).settings(frame.site.id)
    given = Typed[SettingsForm]({"release_after": settings.release_after})
    return frame.show("bookings_settings.html", await _overview(frame, session, given))


@router.post(HOME)
async def save_settings(
    request: Request, office: OfficeDep, transaction: TransactionDep, actor: Writer
) -> Response:
    """Save when a booking that nobody came to is free."""
    frame = await Frame.of(request, office, transaction.session, actor)
    given = await typed(request, SettingsForm, frame.texts)
    if given.model is not None:
        settings = BookingSettings(office, transaction, actor, frame.site.id)
        await settings.space(given.model.release_after)
        return go(HOME, "saved")
    values = await _overview(frame, transaction.session, given)
    return frame.show("bookings_settings.html", values, 422)


async def _overview(frame: Frame, session: Any, given: Typed[SettingsForm]) -> dict[str, Any]:
    listed = await ResourceRepository(session).all(frame.site.id, bookable=False)
    plans = await SettingsRepository(session).plans(frame.site.id)
    return {
        "form": given,
        "groups": [(kind, [each for each in listed if each.kind is kind]) for kind in ORDER],
        "plans": [
            (row.id, in_language(row.name_fr, row.name_en, frame.texts), terms)
            for row, terms in plans
        ],
        "said": frame.said(DONE),
    }


# ---- one resource ----------------------------------------------------------------------------


@router.get(HOME + "/room/{area}")
async def room_page(
    area: Named, request: Request, office: OfficeDep, session: ReadingDep, actor: Writer
) -> HTMLResponse:
    """Show how a room is booked."""
    frame = await Frame.of(request, office, session, actor)
    found = await SettingsRepository(session).resource(frame.site.id, Kind.ROOM, area)
    how = "only" if found.door_only else "yes" if found.bookable else "no"
    given = Typed[RoomForm]({"how": how, **as_values(found, "slot", "lead", "lag")})
    return _show(frame, "room", found, given)


@router.post(HOME + "/room/{area}")
async def save_room(
    area: Named, request: Request, office: OfficeDep, transaction: TransactionDep, actor: Writer
) -> Response:
    """Save how a room is booked."""

    async def save(settings: BookingSettings, form: RoomForm) -> None:
        await settings.room(area, form)

    return await _save(request, office, transaction, actor, Kind.ROOM, area, RoomForm, save)


@router.get(HOME + "/desk/{desk}")
async def desk_page(
    desk: Named, request: Request, office: OfficeDep, session: ReadingDep, actor: Writer
) -> HTMLResponse:
    """Show how a desk is booked."""
    frame = await Frame.of(request, office, session, actor)
    found = await SettingsRepository(session).resource(frame.site.id, Kind.DESK, desk)
    given = Typed[DeskForm](as_values(found, "bookable", "slot", "lead", "free_after"))
    return _show(frame, "desk", found, given)


@router.post(HOME + "/desk/{desk}")
async def save_desk(
    desk: Named, request: Request, office: OfficeDep, transaction: TransactionDep, actor: Writer
) -> Response:
    """Save how a desk is booked."""

    async def save(settings: BookingSettings, form: DeskForm) -> None:
        await settings.desk(desk, form)

    return await _save(request, office, transaction, actor, Kind.DESK, desk, DeskForm, save)


@router.get(HOME + "/equipment/new")
async def new_equipment_page(
    request: Request, office: OfficeDep, session: ReadingDep, actor: Writer
) -> HTMLResponse:
    """Show the form of a thing that can be lent."""
    frame = await Frame.of(request, office, session, actor)
    return _show(frame, "equipment", None, Typed[EquipmentForm]({"count": 1, "slot": 30}))


@router.post(HOME + "/equipment/new")
async def add_equipment(
    request: Request, office: OfficeDep, transaction: TransactionDep, actor: Writer
) -> Response:
    """Add a thing that can be lent."""

    async def save(settings: BookingSettings, form: EquipmentForm) -> None:
        await settings.equipment(None, form)

    return await _save(
        request, office, transaction, actor, Kind.EQUIPMENT, None, EquipmentForm, save
    )


@router.get(HOME + "/equipment/{equipment}")
async def equipment_page(
    equipment: Named, request: Request, office: OfficeDep, session: ReadingDep, actor: Writer
) -> HTMLResponse:
    """Show a thing that can be lent."""
    frame = await Frame.of(request, office, session, actor)
    found = await SettingsRepository(session).resource(frame.site.id, Kind.EQUIPMENT, equipment)
    given = Typed[EquipmentForm](as_values(found, "name", "place", "note", "count", "slot"))
    return _show(frame, "equipment", found, given)


@router.post(HOME + "/equipment/{equipment}")
async def save_equipment(
    equipment: Named,
    request: Request,
    office: OfficeDep,
    transaction: TransactionDep,
    actor: Writer,
) -> Response:
    """Save a thing that can be lent."""

    async def save(settings: BookingSettings, form: EquipmentForm) -> None:
        await settings.equipment(equipment, form)

    return await _save(
        request, office, transaction, actor, Kind.EQUIPMENT, equipment, EquipmentForm, save
    )


@router.post(HOME + "/equipment/{equipment}/archive")
async def archive_equipment(
    equipment: Named,
    request: Request,
    office: OfficeDep,
    transaction: TransactionDep,
    actor: Writer,
) -> Response:
    """Take a thing away."""
    frame = await Frame.of(request, office, transaction.session, actor)
    await BookingSettings(office, transaction, actor, frame.site.id).archive(equipment)
    return go(HOME, "archived")


async def _save(
    request: Request, office: OfficeDep, transaction: Transaction, actor: Actor, kind: Kind,
    name: str | None, model: type[Any], save: Callable[[BookingSettings, Any], Awaitable[None]],
) -> Response:  # fmt: skip
    """Save what was typed about a resource, or show what is wrong."""
    frame = await Frame.of(request, office, transaction.session, actor)
    site = frame.site.id
    repository = SettingsRepository(transaction.session)
    found = None if name is None else await repository.resource(site, kind, name)
    given = await typed(request, model, frame.texts)
    if given.model is None:
        return _show(frame, kind.value, found, given, 422)
    await save(BookingSettings(office, transaction, actor, site), given.model)
    return go(HOME, "room" if kind is Kind.ROOM else "saved")


def _show(
    frame: Frame, kind: str, resource: Resource | None, given: Typed[Any], status: int = 200
) -> HTMLResponse:
    values = {"kind": kind, "resource": resource, "form": given}
    return frame.show("bookings_resource.html", values, status)


# ---- what a plan allows ----------------------------------------------------------------------


@router.get(HOME + "/plans/{plan}")
async def terms_page(
    plan: Named, request: Request, office: OfficeDep, session: ReadingDep, actor: Writer
) -> HTMLResponse:
    """Show what the people of a plan may book."""
    row, terms = await SettingsRepository(session).plan(plan)
    own(actor, row.site, f"plan {plan!r}")
    frame = await Frame.of(request, office, session, actor, row.site)
    name = in_language(row.name_fr, row.name_en, frame.texts)
    values = {"plan": plan, "name": name, "form": Typed[TermsForm](_terms_values(terms))}
    return frame.show("bookings_terms.html", values)


@router.post(HOME + "/plans/{plan}")
async def save_terms(
    plan: Named, request: Request, office: OfficeDep, transaction: TransactionDep, actor: Writer
) -> Response:
    """Save what the people of a plan may book."""
    row, _ = await SettingsRepository(transaction.session).plan(plan)
    own(actor, row.site, f"plan {plan!r}")
    frame = await Frame.of(request, office, transaction.session, actor, row.site)
    given = await typed(request, TermsForm, frame.texts)
    if given.model is not None:
        await BookingSettings(office, transaction, actor, row.site).terms(plan, given.model)
        return go(HOME, "saved")
    name = in_language(row.name_fr, row.name_en, frame.texts)
    return frame.show("bookings_terms.html", {"plan": plan, "name": name, "form": given}, 422)


def _terms_values(terms: BookingTerms | None) -> dict[str, Any]:
    if terms is None:
        return {"kinds": [], "longest": 240, "ahead_days": 30, "open_most": 3}
    names = ("kinds", "longest", "ahead_days", "open_most", "outside_hours", "price")
    month = terms.month_minutes
    hours = "" if month is None else month // 60
    return {**as_values(terms, *names), "month_hours": hours}
