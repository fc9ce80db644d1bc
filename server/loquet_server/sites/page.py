"""``/space``: where the space is, how its days count, and what it asks of members."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated, Any, Final

from fastapi import APIRouter, Request
from fastapi.responses import Response
from sqlalchemy.ext.asyncio import AsyncSession

from loquet_server.departments import DEPARTMENTS, ZONE_OF, ZONES
from loquet_server.hours.locality import Locality
from loquet_server.office import Office, OfficeDep, ReadingDep, TransactionDep
from loquet_server.sites import service
from loquet_server.sites.form import SpaceForm, typed_of
from loquet_server.sites.repository import SiteRepository
from loquet_server.sites.schemas import SiteIn
from loquet_server.timetable.foresight import foresee
from loquet_server.timetable.rows import Timetable
from loquet_server.timetable.space import Space, space_of
from loquet_server.web.forms import Typed, check, typed
from loquet_server.web.i18n import N_
from loquet_server.web.rooms import go
from loquet_server.who import Actor, Permission, needs

Reads = Annotated[Actor, needs(Permission.HOURS_READ)]
Writes = Annotated[Actor, needs(Permission.SETTINGS_WRITE)]
DONE: Final = {"changed": N_("The space was changed. The doors follow at once.")}
FORESEEN: Final = (
    "timezone", "country", "department", "school_zone", "opening", "day_starts", "half_day_at",
)  # fmt: skip
"""What changes hours or days, so that it is looked at before it is saved."""
TIMEZONES: Final = (
    "Europe/Paris", "America/Guadeloupe", "America/Martinique", "America/Cayenne",
    "Indian/Reunion", "Indian/Mayotte", "America/Miquelon", "Pacific/Noumea", "Pacific/Tahiti",
    "Europe/Brussels", "Europe/Luxembourg", "Europe/Zurich", "Europe/London", "Europe/Berlin",
    "Europe/Madrid", "Europe/Rome", "Europe/Lisbon", "America/Montreal",
)  # fmt: skip
"""Offered; any other may be written."""
router = APIRouter(include_in_schema=False)


def routes(_office: Office) -> APIRouter:
    """Return the routes of the page of the space."""
    return router


@router.get("/space")
async def page(request: Request, office: OfficeDep, session: ReadingDep, actor: Reads) -> Response:
    """Show the space."""
    space = await space_of(request, session, office, actor)
    return await _form(space, session, Typed(typed_of(space.site)))


@router.post("/space")
async def change(
    request: Request,
    office: OfficeDep,
    session: ReadingDep,
    transaction: TransactionDep,
    actor: Writes,
) -> Response:
    """Describe the space anew; where days or hours change, look at that first, only reading."""
    space = await space_of(request, session, office, actor)
    given = await typed(request, SpaceForm, space.texts)
    if given.model is None:
        return await _form(space, session, given)
    wanted = given.model.plain()
    given.complaints |= check(wanted, SiteIn, space.texts).complaints
    if given.complaints or given.model.step == "back":
        return await _form(space, session, given)
    if wanted["opening"] and not await SiteRepository(session).schedule(
        space.site.id, wanted["opening"]
    ):
        given.complain("opening", space.texts.gettext("Please choose one of these."))
        return await _form(space, session, given)
    zone = _proposed(space, wanted) if given.model.step == "look" else ""
    if zone:
        wanted["school_zone"] = given.values["school_zone"] = zone
    differs = any(getattr(space.site, name) != wanted[name] for name in FORESEEN)
    if given.model.step == "look" and differs:
        return await _look(space, session, office, given, wanted, zone)
    checked = SiteIn.model_validate({key: value for key, value in wanted.items() if value != ""})
    kept = (await space_of(request, transaction.session, office, actor)).site
    await service.change(office, transaction, actor, kept, checked.model_dump())
    return go("/space", "changed")


async def _form(space: Space, session: AsyncSession, given: Typed[SpaceForm]) -> Response:
    schedules = await SiteRepository(session).schedules(space.site.id)
    proposed = ZONE_OF.get(str(given.values.get("department", "")).upper(), "")
    values = {
        "typed": given,
        "schedules": schedules,
        "departments": [(code, f"{code} {name}") for code, name in DEPARTMENTS.items()],
        "zones": [(zone, zone) for zone in ZONES],
        "proposed": proposed if proposed != given.values.get("school_zone") else "",
        "timezones": TIMEZONES,
        "languages_of": [("fr", "Français"), ("en", "English")],
        "done": space.said(DONE),
    }
    return space.page("space.html", values, 422 if given.complaints else 200)


def _proposed(space: Space, wanted: Mapping[str, Any]) -> str:
    """Return the school zone of a department that was just chosen, where none was."""
    chosen = str(wanted["department"])
    if wanted["school_zone"] or chosen == space.site.department:
        return ""
    return ZONE_OF.get(chosen, "")


async def _look(
    space: Space,
    session: AsyncSession,
    office: Office,
    given: Typed[SpaceForm],
    wanted: Mapping[str, Any],
    zone: str,
) -> Response:
    def proposal(before: Timetable) -> Timetable:
        locality = Locality(
            wanted["timezone"], wanted["country"], wanted["department"], wanted["school_zone"]
        )
        return replace(
            before, locality=locality, opening=wanted["opening"], day_starts=wanted["day_starts"]
        )

    found = await foresee(session, space.site, office.now_ms(), proposal)
    values = {
        "typed": given,
        "sentences": found.sentences(space.texts),
        "zone": zone,
        "timezone": space.site.timezone != wanted["timezone"],
        "days": space.site.day_starts != wanted["day_starts"]
        or space.site.half_day_at != wanted["half_day_at"],
    }
    return space.page("space_look.html", values)
