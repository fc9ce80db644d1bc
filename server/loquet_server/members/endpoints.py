"""Members over the API."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query

from loquet_server.members.repository import MemberRepository
from loquet_server.members.schemas import (
    Kind,
    MemberChange,
    MemberIn,
    MemberOut,
    MembershipIn,
    MembershipOut,
    State,
    Suspension,
    Wanted,
)
from loquet_server.members.service import MemberService
from loquet_server.office import OfficeDep, ReadingDep, TransactionDep
from loquet_server.paging import PageDep
from loquet_server.people.frame import local_day
from loquet_server.people.repository import PeopleRepository
from loquet_server.people.text import ID_PATTERN, Id, Line
from loquet_server.who import Actor, Permission, needs

router = APIRouter(prefix="/api/v1", tags=["members"])
Reader = Annotated[Actor, needs(Permission.MEMBERS_READ)]
Writer = Annotated[Actor, needs(Permission.MEMBERS_WRITE)]
MemberId = Annotated[str, Path(pattern=ID_PATTERN)]
MembershipId = Annotated[str, Path(pattern=ID_PATTERN)]


def _wanted(
    q: Annotated[Line, Query(description="Part of a name, mail, telephone or badge.")] = "",
    plan: Annotated[Id | None, Query()] = None,
    organisation: Annotated[Id | None, Query()] = None,
    kind: Kind | None = None,
    state: State = "active",
) -> Wanted:
    """Return which members are asked for."""
    return Wanted(q=q, plan=plan or "", organisation=organisation or "", kind=kind, state=state)


@router.get("/members")
async def list_members(
    session: ReadingDep,
    office: OfficeDep,
    actor: Reader,
    wanted: Annotated[Wanted, Depends(_wanted)],
    page: PageDep,
    site: Annotated[str | None, Query(pattern=ID_PATTERN)] = None,
) -> list[MemberOut]:
    """Return members by name."""
    people = PeopleRepository(session, actor)
    place = await people.site(site)
    last = None if page.after is None else await people.member(page.after)
    today = local_day(office.now_ms(), place.timezone)
    rows = await MemberRepository(session).page(place.id, wanted, today, page.rows, last)
    return [MemberOut.model_validate(row) for row in page.of(rows, lambda row: row.id)]


@router.post("/members", status_code=201)
async def create_member(
    given: MemberIn, office: OfficeDep, transaction: TransactionDep, actor: Writer
) -> MemberOut:
    """Add a member."""
    row = await MemberService(office, transaction, actor).create(given, given.site)
    return MemberOut.model_validate(row)


@router.get("/members/{member}")
async def show_member(member: MemberId, session: ReadingDep, actor: Reader) -> MemberOut:
    """Return one member."""
    return MemberOut.model_validate(await PeopleRepository(session, actor).member(member))


@router.patch("/members/{member}")
async def change_member(
    member: MemberId,
    given: MemberChange,
    office: OfficeDep,
    transaction: TransactionDep,
    actor: Writer,
) -> MemberOut:
    """Change what is written of a member; what is left out stays as it is."""
    row = await MemberService(office, transaction, actor).change(member, given)
    return MemberOut.model_validate(row)


@router.post("/members/{member}/suspend")
async def suspend_member(
    member: MemberId,
    given: Suspension,
    office: OfficeDep,
    transaction: TransactionDep,
    actor: Writer,
) -> MemberOut:
    """Refuse all of a member's badges, everywhere, until restored."""
    row = await MemberService(office, transaction, actor).suspend(member, given.reason)
    return MemberOut.model_validate(row)


@router.post("/members/{member}/restore")
async def restore_member(
    member: MemberId, office: OfficeDep, transaction: TransactionDep, actor: Writer
) -> MemberOut:
    """Let a member's badges count again."""
    row = await MemberService(office, transaction, actor).restore(member)
    return MemberOut.model_validate(row)


@router.post("/members/{member}/archive")
async def archive_member(
    member: MemberId, office: OfficeDep, transaction: TransactionDep, actor: Writer
) -> MemberOut:
    """Put a member who has left aside: their badges open nothing."""
    row = await MemberService(office, transaction, actor).archive(member)
    return MemberOut.model_validate(row)


@router.post("/members/{member}/unarchive")
async def unarchive_member(
    member: MemberId, office: OfficeDep, transaction: TransactionDep, actor: Writer
) -> MemberOut:
    """Take a member back who had left."""
    row = await MemberService(office, transaction, actor).archive(member, to=False)
    return MemberOut.model_validate(row)


@router.get("/members/{member}/memberships")
async def list_memberships(
    member: MemberId, session: ReadingDep, actor: Reader
) -> list[MembershipOut]:
    """Return a member's years, the latest first."""
    row = await PeopleRepository(session, actor).member(member)
    years = await MemberRepository(session).memberships(row.id)
    return [MembershipOut.model_validate(each) for each in years]


@router.post("/members/{member}/memberships", status_code=201)
async def create_membership(
    member: MemberId,
    given: MembershipIn,
    office: OfficeDep,
    transaction: TransactionDep,
    actor: Writer,
) -> MembershipOut:
    """Write one year's membership (adhesion)."""
    row = await MemberService(office, transaction, actor).add_membership(member, given)
    return MembershipOut.model_validate(row)


@router.post("/members/{member}/memberships/renew", status_code=201)
async def renew_membership(
    member: MemberId, office: OfficeDep, transaction: TransactionDep, actor: Writer
) -> MembershipOut:
    """Renew a membership for a year."""
    row = await MemberService(office, transaction, actor).renew(member)
    return MembershipOut.model_validate(row)


@router.post("/members/{member}/memberships/{membership}/pay")
async def pay_membership(
    member: MemberId,
    membership: MembershipId,
    office: OfficeDep,
    transaction: TransactionDep,
    actor: Writer,
) -> MembershipOut:
    """Note that a year was paid, today."""
    row = await MemberService(office, transaction, actor).pay(member, membership)
    return MembershipOut.model_validate(row)


@router.delete("/members/{member}/memberships/{membership}", status_code=204)
async def remove_membership(
    member: MemberId,
    membership: MembershipId,
    office: OfficeDep,
    transaction: TransactionDep,
    actor: Writer,
) -> None:
    """Forget a year that was written by mistake."""
    await MemberService(office, transaction, actor).remove_membership(member, membership)
