"""PINs over the API: whether a member has one, one that is drawn, and how long they are."""

from typing import Annotated

from fastapi import APIRouter, Path

from loquet_server.errors import NotFound
from loquet_server.office import OfficeDep, ReadingDep, TransactionDep
from loquet_server.people.repository import PeopleRepository
from loquet_server.people.text import ID_PATTERN
from loquet_server.pins.repository import PinRepository
from loquet_server.pins.schemas import PinMade, PinOut, PinRuleIn, PinRuleOut
from loquet_server.pins.service import PinService, standing
from loquet_server.timetable.names import Key
from loquet_server.timetable.space import site_of
from loquet_server.who import Actor, Permission, needs

router = APIRouter(prefix="/api/v1", tags=["PINs"])
MemberId = Annotated[str, Path(pattern=ID_PATTERN)]
Reads = Annotated[Actor, needs(Permission.MEMBERS_READ)]
Hands = Annotated[Actor, needs(Permission.BADGES_WRITE)]
Rules = Annotated[Actor, needs(Permission.DOORS_WRITE)]


@router.get("/members/{member}/pin")
async def show(member: MemberId, actor: Reads, session: ReadingDep) -> PinOut:
    """Return that a member has a PIN; never its digits."""
    row = await PeopleRepository(session, actor).member(member)
    found = await PinRepository(session).of(row.id)
    if found is None:
        raise NotFound(f"member {member!r} has no PIN")
    return PinOut.model_validate(found)


@router.post("/members/{member}/pin", status_code=201)
async def draw(
    member: MemberId, actor: Hands, office: OfficeDep, transaction: TransactionDep
) -> PinMade:
    """Draw a new PIN for a member; the answer holds it, this once. One before ends."""
    row = await PeopleRepository(transaction.session, actor).member(member)
    pin, digits = await PinService(office, transaction, actor).draw(row)
    return PinMade(**PinOut.model_validate(pin).model_dump(), pin=digits)


@router.delete("/members/{member}/pin", status_code=204)
async def remove(
    member: MemberId, actor: Hands, office: OfficeDep, transaction: TransactionDep
) -> None:
    """Forget a member's PIN: doors that ask for one open to them no more."""
    row = await PeopleRepository(transaction.session, actor).member(member)
    await PinService(office, transaction, actor).remove(row)


@router.get("/sites/{site}/pin-rule")
async def rule(site: Key, actor: Reads, office: OfficeDep, session: ReadingDep) -> PinRuleOut:
    """Return how long PINs are, for how many people that is enough, and how many have one."""
    found = await site_of(session, site, actor)
    return PinRuleOut.model_validate(await standing(session, found.id, office.now_ms()))


@router.put("/sites/{site}/pin-rule")
async def set_rule(
    site: Key, given: PinRuleIn, actor: Rules, office: OfficeDep, transaction: TransactionDep
) -> PinRuleOut:
    """Choose how long new PINs are; shorter ones count for 30 more days."""
    found = await site_of(transaction.session, site, actor)
    stands = await PinService(office, transaction, actor).set_length(found.id, given.length)
    return PinRuleOut.model_validate(stands)
