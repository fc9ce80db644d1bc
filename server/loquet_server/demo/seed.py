"""Le Moulin in the database: written once, found again at every later start."""

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import chain, groupby
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from loquet_server import models
from loquet_server.accounts.service import balance_changes
from loquet_server.bench.schemas import BadgeChoice
from loquet_server.demo import (
    bookings,
    floors,
    headcount,
    history,
    hooks,
    incidents,
    me,
    offers,
    people,
    pins,
    privacy,
    village,
)
from loquet_server.keys import Keys
from loquet_server.models.base import Base
from loquet_server.moving.publisher import MovingPublisher
from loquet_server.setup.service import STEPS, SetupService
from loquet_server.who import LOCAL


async def seed(session: AsyncSession, keys: Keys, now_ms: int) -> bool:
    """Write the village into an empty database; return False if it is there already."""
    now = datetime.fromtimestamp(now_ms / 1000, UTC)
    if (await session.execute(select(models.Site.id))).first() is not None:
        return False
    rows = chain(
        _places(), _units(), _doors(), people.plans(now_ms), people.people(keys, now),
        people.calendar(now), floors.rows(now_ms), me.rows(now_ms),
        headcount.rows(now_ms), bookings.rows(now), hooks.rows(keys, now_ms),
        privacy.rows(now_ms), pins.rows(keys, now_ms),
        incidents.rows(keys, now_ms),
    )  # fmt: skip
    for _table, group in groupby(rows, type):  # a table at a time: others refer to it
        session.add_all(group)
        await session.flush()
    await history.furnish(session, now)
    accounts = (await session.execute(select(models.PassAccount.id))).scalars().all()
    changes = await balance_changes(session, accounts, now_ms)
    await MovingPublisher(keys.signer).tell(session, village.SITE, changes, now_ms)
    for step in STEPS:  # a village that is there asks nobody to set it up
        await SetupService(session, now_ms).passed(step, LOCAL)
    return True


def badges(now: datetime) -> list[BadgeChoice]:
    """Return the badges that the bench offers, as they are now; one nobody knows among them."""
    plans = {each.id: each.name_fr for each in offers.OFFERS}
    local = now.astimezone(ZoneInfo(village.TIMEZONE))
    known = [
        BadgeChoice(member.uid, member.name, _note(member, local), plans[member.plan])
        for member in village.members()
    ]
    known.sort(key=lambda badge: badge.note != "valid")
    return [*known, BadgeChoice(village.UNKNOWN_UID, "", "unknown")]


def _note(member: village.MemberPlan, local: datetime) -> str:
    if member.state == "valid" and not offers.in_hours(member.plan, local):
        return "off_hours"
    return member.state


def _places() -> Iterator[Base]:
    yield models.Site(
        id=village.SITE,
        name=village.SITE_NAME,
        timezone=village.TIMEZONE,
        locale="fr",
        contact=village.CONTACT,
        department=offers.LOCALITY.department,
        school_zone=offers.LOCALITY.school_zone,
        opening=people.OPENING,
        membership_required=True,
    )
    for rank, area in enumerate(village.AREAS):
        yield models.Area(
            id=area.id,
            site=village.SITE,
            name=area.name,
            exit_sensing=area.exit_sensing,
            capacity=area.capacity,
            warn_at=area.warn_at,
            rank=rank,
        )


def _units() -> Iterator[Base]:
    for unit, name in village.UNITS.items():
        yield models.Unit(
            id=unit,
            site=village.SITE,
            name=name,
            hardware={"unit_toml": village.unit_toml(unit)},
        )


def _doors() -> Iterator[Base]:
    for rank, door in enumerate(village.DOORS):
        yield models.Door(
            id=door.id,
            site=village.SITE,
            unit=door.unit,
            name=door.name,
            lock_kind=door.lock,
            exit_style=door.exit,
            has_contact=door.contact_line is not None,
            rank=rank,
        )
    for door in village.DOORS:
        for way, area_from, area_to in door.ways:
            yield models.AccessPoint(
                id=way, door=door.id, reader=way, area_from=area_from, area_to=area_to,
                exit=area_from != village.OUTSIDE and way.endswith("-out"), pin=pins.asked(way),
            )  # fmt: skip
    for rank, desk in enumerate(village.desks()):
        yield models.Desk(
            id=desk.id,
            site=village.SITE,
            area=desk.area,
            unit=desk.unit,
            name=desk.name,
            bookable=bookings.is_bookable(desk.id),
            rank=rank,
            x=float(desk.x),
            y=float(desk.y),
        )
