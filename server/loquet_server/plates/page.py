"""``/doors/{door}/plate``: to print and hang beside the reader; ``/help/door/{door}``: for all.

The code on the plate is the address of the help and nothing else: no secret, nothing of members.
"""

from typing import Annotated, Final

from fastapi import APIRouter, Path, Request
from fastapi.responses import Response

from loquet_server.errors import NotFound
from loquet_server.hosts import line_of
from loquet_server.identity.arriving import base_of
from loquet_server.models import Door, Site
from loquet_server.office import Office, OfficeDep, ReadingDep
from loquet_server.plates.repository import PlateRepository
from loquet_server.plates.views import ON_PLATE, OPENS, REFUSES, TELLS, lines
from loquet_server.rate import Rate
from loquet_server.timetable.space import space_of
from loquet_server.web.i18n import translations
from loquet_server.web.pages import Audience, render
from loquet_server.web.qr import qr
from loquet_server.who import Actor, Permission, needs, own

Reads = Annotated[Actor, needs(Permission.UNITS_READ)]
DoorId = Annotated[str, Path(pattern="^[a-z0-9_-]{1,64}$")]
MOST: Final = 60
"""Questions from one address in a minute."""
router = APIRouter(include_in_schema=False)


def routes(_office: Office) -> APIRouter:
    """Return the plate for those who hang it, and the help for everybody."""
    both = APIRouter(include_in_schema=False)
    both.include_router(router)
    both.include_router(_public())
    return both


@router.get("/doors/{door}/plate")
async def plate(
    request: Request, door: DoorId, office: OfficeDep, session: ReadingDep, actor: Reads
) -> Response:
    """Show the plate of a door, as it is printed."""
    row, site = await _found(session, door)
    own(actor, site.id, f"door {door}")
    space = await space_of(request, session, office, actor, site.id)
    address = f"{base_of(office, request)}/help/door/{row.id}"
    values = {
        "door": row,
        "contact": site.contact,
        "lines": lines(ON_PLATE, space.texts, site.contact),
        "address": address,
        "code": qr(address),
    }
    return space.page("plate.html", values)


def _public() -> APIRouter:
    open_to_all = APIRouter(include_in_schema=False)
    rate = Rate(MOST, 60.0, words="asked too often from this address; wait a minute")

    @open_to_all.get("/help/door/{door}")
    async def help_page(request: Request, door: DoorId, session: ReadingDep) -> Response:
        """Show what the lights and sounds of a door mean, and whom to call."""
        client = request.client.host if request.client else ""
        rate.check(client)
        rate.failed(line_of(client))
        row, site = await _found(session, door)
        texts = translations(Audience.of(request).language)
        values = {
            "space": site.name,
            "door": row,
            "contact": site.contact,
            "opens": lines(OPENS, texts, site.contact),
            "refuses": lines(REFUSES, texts, site.contact),
            "tells": lines(TELLS, texts, site.contact),
        }
        return render(request, "plate_help.html", values)

    return open_to_all


async def _found(session: ReadingDep, door: str) -> tuple[Door, Site]:
    """Return a door and its space; raise NotFound."""
    found = await PlateRepository(session).door(door)
    if found is None:
        raise NotFound(f"there is no door {door!r}")
    return found
