"""Members come, change, are suspended and come back; each change goes to the doors at once."""

from datetime import date, timedelta

from loquet_server.errors import NotFound
from loquet_server.members.repository import MemberRepository
from loquet_server.members.schemas import MemberChange, MemberFields, MembershipIn
from loquet_server.models import Action, Holder, Membership, Site
from loquet_server.office import Office, Transaction
from loquet_server.people.changes import new_id, note, tell_doors
from loquet_server.people.frame import local_day, midnight
from loquet_server.people.refusals import DoesNotFit, InTheWay
from loquet_server.people.repository import PeopleRepository
from loquet_server.web.i18n import N_
from loquet_server.who import Actor

FORGIVEN = timedelta(days=60)
"""A membership renewed so long after its end goes on from there, as if it had never stopped."""
AHEAD = timedelta(days=366)
"""A membership that lasts longer than this needs no renewal yet."""
RENEWED = N_("The membership is renewed already, until %(day)s.")
_PLAIN = (
    "name", "kind", "mail", "phone", "language", "organisation", "represents", "note",
    "extended_release", "may_lift_lockdown",
)  # fmt: skip
_AT_DOORS = {"organisation", "access_from", "access_until", "extended_release", "may_lift_lockdown"}


class MemberService:
    """Changes of one transaction, by one actor."""

    def __init__(self, office: Office, transaction: Transaction, actor: Actor) -> None:
        self._office = office
        self._transaction = transaction
        self._actor = actor
        self._people = PeopleRepository(transaction.session, actor)
        self._repository = MemberRepository(transaction.session)

    async def create(self, given: MemberFields, site: str | None = None) -> Holder:
        """Return a new member with an id that says nothing; raise Invalid."""
        place = await self._people.site(site)
        await self._check(given.organisation, place)
        row = Holder(
            id=new_id("h"), site=place.id, suspended=False, created_at=self._office.now_ms()
        )
        for name in _PLAIN:
            setattr(row, name, getattr(given, name))
        _narrow(row, place, given.access_from, given.access_until)
        self._repository.add(row)
        await self._changed(row, Action.MEMBER_CREATED)
        return row

    async def change(self, member: str, given: MemberFields | MemberChange) -> Holder:
        """Change what is written of a member, as far as it is given; raise NotFound or Invalid."""
        row = await self._people.member(member)
        place = await self._people.site_of(row.site)
        asked = given.model_dump(exclude_unset=isinstance(given, MemberChange))
        nullable = {"organisation", "access_from", "access_until"}
        asked = {key: value for key, value in asked.items() if value is not None or key in nullable}
        if "organisation" in asked and asked["organisation"] != row.organisation:
            await self._check(asked["organisation"], place)
        before = written(row, place)
        changed = sorted(key for key, value in asked.items() if before.get(key, value) != value)
        for name in _PLAIN:
            if name in asked:
                setattr(row, name, asked[name])
        first = asked.get("access_from", before["access_from"])
        _narrow(row, place, first, asked.get("access_until", before["access_until"]))
        if changed:
            told = bool(_AT_DOORS & set(changed))
            await self._changed(row, Action.MEMBER_CHANGED, detail=changed, told=told)
        return row

    async def suspend(self, member: str, reason: str) -> Holder:
        """Refuse all of a member's badges, at every door, until restored; raise NotFound."""
        row = await self._people.member(member)
        row.suspended, row.suspended_reason = True, reason
        await self._changed(row, Action.MEMBER_SUSPENDED, reason)
        return row

    async def restore(self, member: str) -> Holder:
        """Let a member's badges count again; raise NotFound."""
        row = await self._people.member(member)
        if row.suspended:
            row.suspended, row.suspended_reason = False, ""
            await self._changed(row, Action.MEMBER_RESTORED)
        return row

    async def archive(self, member: str, to: bool = True) -> Holder:
        """Put a member who has left aside, or take them back; raise NotFound."""
        row = await self._people.member(member)
        if (row.archived_at is not None) != to:
            row.archived_at = self._office.now_ms() if to else None
            await self._changed(row, Action.MEMBER_ARCHIVED if to else Action.MEMBER_UNARCHIVED)
        return row

    # ---- memberships ---------------------------------------------------------------------

    async def add_membership(self, member: str, given: MembershipIn) -> Membership:
        """Write one year's membership; raise NotFound, or Invalid if it does not fit."""
        row = await self._people.member(member)
        if given.ends_on < given.starts_on:
            raise DoesNotFit("ends_on", N_("The end is before the beginning."))
        if given.ends_on > given.starts_on + timedelta(days=3 * 366):
            raise DoesNotFit("ends_on", N_("A membership lasts three years at most."))
        for each in await self._repository.memberships(row.id):
            if each.starts_on <= given.ends_on.isoformat() and (
                each.ends_on >= given.starts_on.isoformat()
            ):
                raise InTheWay(
                    "starts_on",
                    N_("There is a membership from %(first)s to %(last)s already."),
                    first=each.starts_on, last=each.ends_on,
                )  # fmt: skip
        year = Membership(
            id=new_id("y"),
            holder=row.id,
            starts_on=given.starts_on.isoformat(),
            ends_on=given.ends_on.isoformat(),
            price=given.price,
            paid_on=None if given.paid_on is None else given.paid_on.isoformat(),
            created_at=self._office.now_ms(),
        )
        self._repository.add(year)
        await self._year(row, year, Action.MEMBERSHIP_CREATED)
        return year

    async def renew(self, member: str, price: str = "") -> Membership:
        """Add the next year, right after the last if that is no longer ago than is forgiven."""
        row = await self._people.member(member)
        place = await self._people.site_of(row.site)
        today = local_day(self._office.now_ms(), place.timezone)
        years = await self._repository.memberships(row.id)
        ends_on = date.fromisoformat(years[0].ends_on) if years else None
        if ends_on is not None and ends_on > today + AHEAD:
            raise InTheWay("", RENEWED, day=ends_on.isoformat())
        first, last = next_year(ends_on, today)
        label = price or (years[0].price if years else "")
        return await self.add_membership(
            member, MembershipIn(starts_on=first, ends_on=last, price=label)
        )

    async def pay(self, member: str, membership: str) -> Membership:
        """Note that a year was paid, today; raise NotFound."""
        row, year = await self._one(member, membership)
        place = await self._people.site_of(row.site)
        year.paid_on = local_day(self._office.now_ms(), place.timezone).isoformat()
        self._note(row, Action.MEMBERSHIP_PAID, detail={"until": year.ends_on})
        return year

    async def remove_membership(self, member: str, membership: str) -> None:
        """Forget a year that was written by mistake; raise NotFound."""
        row, year = await self._one(member, membership)
        await self._repository.remove(year)
        await self._year(row, year, Action.MEMBERSHIP_REMOVED)

    async def _one(self, member: str, membership: str) -> tuple[Holder, Membership]:
        row = await self._people.member(member)
        year = await self._repository.membership(membership)
        if year is None or year.holder != row.id:
            raise NotFound(f"member {member!r} has no membership {membership!r}")
        return row, year

    async def _year(self, row: Holder, year: Membership, action: Action) -> None:
        self._note(row, action, detail={"from": year.starts_on, "until": year.ends_on})
        await tell_doors(self._office, self._transaction, row.site, [row.id])

    # ---- what all share ------------------------------------------------------------------

    async def _check(self, organisation: str | None, place: Site) -> None:
        if organisation is None:
            return
        if await self._repository.organisation_site(organisation) != place.id:
            raise DoesNotFit("organisation", N_("There is no such organisation."))

    async def _changed(
        self,
        row: Holder,
        action: Action,
        reason: str = "",
        detail: list[str] | None = None,
        told: bool = True,
    ) -> None:
        self._note(row, action, reason, None if detail is None else {"changed": detail})
        holders = [row.id] if told else []
        await tell_doors(self._office, self._transaction, row.site, holders)

    def _note(
        self, row: Holder, action: Action, reason: str = "", detail: dict[str, object] | None = None
    ) -> None:
        note(
            self._office, self._transaction, self._actor, action, row.id, row.site,
            reason=reason, detail=detail,
        )  # fmt: skip


def next_year(last: date | None, today: date) -> tuple[date, date]:
    """Return the first and last day of the next membership; pure."""
    start = today
    if last is not None and last + FORGIVEN >= today:
        start = last + timedelta(days=1)
    return start, a_year_from(start) - timedelta(days=1)


def a_year_from(day: date) -> date:
    """Return the same day of the next year; 1 March for a 29 February."""
    try:
        return day.replace(year=day.year + 1)
    except ValueError:
        return date(day.year + 1, 3, 1)


def written(row: Holder, place: Site) -> dict[str, object]:
    """Return what a form shows of a member."""
    found: dict[str, object] = {name: getattr(row, name) for name in _PLAIN}
    first, until = row.valid_from, row.valid_until
    zone = place.timezone
    found["access_from"] = None if first is None else local_day(first * 1000, zone)
    found["access_until"] = None if until is None else local_day(until * 1000 - 1, zone)
    return found


def _narrow(row: Holder, place: Site, first: object, last: object) -> None:
    """Set when a member may come at all; ``last`` counts whole. Raise Invalid."""
    if isinstance(first, date) and isinstance(last, date) and last < first:
        raise DoesNotFit("access_until", N_("The end is before the beginning."))
    row.valid_from = midnight(first, place.timezone) if isinstance(first, date) else None
    row.valid_until = (
        midnight(last + timedelta(days=1), place.timezone) if isinstance(last, date) else None
    )
