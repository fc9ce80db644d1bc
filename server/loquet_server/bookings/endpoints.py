"""Bookings over the API."""

from typing import Annotated

from fastapi import APIRouter, Path, Query

from loquet_server.bookings.schemas import (
    BookingIn,
    BookingOut,
    ConflictOut,
    MadeOut,
    ReasonIn,
    ReservedOut,
    ResourceOut,
)
from loquet_server.bookings.service import Desk
from loquet_server.errors import Conflict
from loquet_server.office import OfficeDep, ReadingDep, TransactionDep
from loquet_server.paging import PageDep
from loquet_server.people.repository import PeopleRepository
from loquet_server.people.text import ID_PATTERN
from loquet_server.reservations.reading import reserved
from loquet_server.reservations.refusals import sentence
from loquet_server.reservations.repository import ReservationRepository
from loquet_server.reservations.resources import ResourceRepository
from loquet_server.reservations.service import Made
from loquet_server.web.i18n import translations
from loquet_server.who import Actor, Permission, needs

router = APIRouter(prefix="/api/v1", tags=["bookings"])
Reader = Annotated[Actor, needs(Permission.BOOKINGS_READ)]
Writer = Annotated[Actor, needs(Permission.BOOKINGS_WRITE)]
Named = Annotated[str, Path(pattern=ID_PATTERN)]
SiteQuery = Annotated[str | None, Query(pattern=ID_PATTERN)]
Instant = Annotated[int, Query(ge=0, le=253_402_214_400_000)]
FAR = 253_402_214_400_000


@router.get("/bookings")
async def list_bookings(
    session: ReadingDep,
    actor: Reader,
    page: PageDep,
    site: SiteQuery = None,
    since: Instant = 0,
    until: Instant = FAR,
    holder: Annotated[str | None, Query(pattern=ID_PATTERN)] = None,
) -> list[BookingOut]:
    """Return bookings that touch a time (UTC milliseconds), by id."""
    place = await PeopleRepository(session, actor).site(site)
    rows = await ReservationRepository(session).listed(
        place.id, since, until, page.rows, page.after, holder
    )
    return [BookingOut.model_validate(row) for row in page.of(rows, lambda row: row.id)]


@router.get("/bookings/resources")
async def list_resources(
    session: ReadingDep, actor: Reader, page: PageDep, site: SiteQuery = None
) -> list[ResourceOut]:
    """Return what can be booked."""
    place = await PeopleRepository(session, actor).site(site)
    rows = await ResourceRepository(session).all(place.id)
    return [ResourceOut.model_validate(row) for row in page.part(rows, lambda row: row.key)]


@router.get("/bookings/reserved")
async def list_reserved(
    office: OfficeDep,
    session: ReadingDep,
    actor: Reader,
    site: SiteQuery = None,
    at: Instant | None = None,
) -> dict[str, ReservedOut]:
    """Return what is booked at an instant (UTC milliseconds, now by default), by resource."""
    place = await PeopleRepository(session, actor).site(site)
    found = await reserved(session, place.id, office.now_ms() if at is None else at)
    return {name: ReservedOut.model_validate(each) for name, each in found.items()}


@router.get("/bookings/{booking}")
async def read_booking(booking: Named, session: ReadingDep, actor: Reader) -> BookingOut:
    """Return one booking."""
    return BookingOut.model_validate(await Desk.seen(session, actor, booking))


@router.post("/bookings", status_code=201)
async def make_booking(
    given: BookingIn, office: OfficeDep, transaction: TransactionDep, actor: Writer
) -> MadeOut:
    """Book once, or each week; of a series nothing is booked while there are conflicts."""
    desk = Desk(office, transaction, actor, beyond=given.beyond_plan)
    made = await desk.book(given.site, given.asked())
    if made.conflicts and not made.rows:
        raise Conflict(
            "not every week of this series can be booked; see 'conflicts', or send"
            " skip_conflicts to leave those out",
            conflicts=[each.model_dump() for each in _conflicts(made)],
        )
    rows = [BookingOut.model_validate(row) for row in made.rows]
    return MadeOut(bookings=rows, left_out=_conflicts(made))


@router.put("/bookings/{booking}")
async def change_booking(
    booking: Named, given: BookingIn, office: OfficeDep, transaction: TransactionDep, actor: Writer
) -> BookingOut:
    """Move a booking, or say otherwise what it is."""
    desk = Desk(office, transaction, actor, beyond=given.beyond_plan)
    return BookingOut.model_validate(await desk.change(booking, given.asked()))


@router.post("/bookings/{booking}/cancel")
async def cancel_booking(
    booking: Named, given: ReasonIn, office: OfficeDep, transaction: TransactionDep, actor: Writer
) -> list[BookingOut]:
    """Cancel a booking, or end one that runs; of a series the later ones too if asked."""
    rows = await Desk(office, transaction, actor).cancel(booking, given.reason, given.rest)
    return [BookingOut.model_validate(row) for row in rows]


@router.post("/bookings/{booking}/check-in")
async def check_in(
    booking: Named, office: OfficeDep, transaction: TransactionDep, actor: Writer
) -> BookingOut:
    """Say that somebody came."""
    return BookingOut.model_validate(await Desk(office, transaction, actor).check_in(booking))


@router.post("/bookings/{booking}/leave")
async def leave(
    booking: Named, office: OfficeDep, transaction: TransactionDep, actor: Writer
) -> BookingOut:
    """End a booking that runs: the resource is free at once."""
    return BookingOut.model_validate(await Desk(office, transaction, actor).leave(booking))


def _conflicts(made: Made) -> list[ConflictOut]:
    english = translations("en")
    return [
        ConflictOut(
            starts_at=each.span.start, ends_at=each.span.end, refusal=each.no.refusal.value,
            said=sentence(each.no, english),
        )
        for each in made.conflicts
    ]  # fmt: skip
