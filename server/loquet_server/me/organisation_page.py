"""``/me/organisation``: all that a representative is told of passes that are shared."""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from loquet_server.errors import NotFound
from loquet_server.me.frame import frame_of
from loquet_server.me.neighbours import NeighboursDep
from loquet_server.membership_access.member import MemberDep
from loquet_server.office import OfficeDep, ReadingDep

router = APIRouter()


@router.get("/me/organisation")
async def day_counts(
    request: Request,
    office: OfficeDep,
    session: ReadingDep,
    member: MemberDep,
    neighbours: NeighboursDep,
) -> HTMLResponse:
    """Show whoever speaks for an organisation how many of its passes were used, month by month."""
    frame = await frame_of(request, office, session, member)
    found = await neighbours.day_counts(session, member, frame.today)
    if found is None:
        raise NotFound("you speak for no organisation")
    values = {
        "organisation": found,
        "months": [(frame.month(each.month), each) for each in found.months],
        "fewest": found.fewest,
    }
    return frame.show("me_organisation.html", values)
