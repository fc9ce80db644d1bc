"""Guests are invited, come, and are cancelled; their pass begins and ends by itself."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from loquet_server.days import zone
from loquet_server.errors import Forbidden, NotFound
from loquet_server.guests.repository import Found, GuestRepository
from loquet_server.guests.schemas import LONGEST_DAYS, GuestIn
from loquet_server.models import Action, ExtraWindow, Holder, Site
from loquet_server.office import Office, Transaction
from loquet_server.people.changes import new_id, note, tell_doors
from loquet_server.people.handing import Handing
from loquet_server.people.refusals import DoesNotFit, InTheWay
from loquet_server.people.repository import PeopleRepository
from loquet_server.web.i18n import N_
from loquet_server.who import Actor, Permission, own


@dataclass(frozen=True, slots=True)
class Visit:
    """A guest's windows of one time, as one."""

    window: ExtraWindow
    guest: Holder
    areas: tuple[str, ...]

    def state(self, now_ms: int) -> str:
        """Return cancelled, past, now or coming."""
        if self.window.cancelled_at is not None:
            return "cancelled"
        if self.window.ends_at <= now_ms:
            return "past"
        return "now" if self.window.starts_at <= now_ms else "coming"


def visits(found: list[Found]) -> list[Visit]:
    """Return windows put together to visits, in their order; pure."""
    kept: dict[tuple[str, int, int, bool], list[Found]] = {}
    for each in found:
        row = each[0]
        key = (row.holder, row.starts_at, row.ends_at, row.cancelled_at is None)
        kept.setdefault(key, []).append(each)
    return [
        Visit(rows[0][0], rows[0][1], tuple(name for _, _, name in rows)) for rows in kept.values()
    ]


class GuestService:
    """Changes of one transaction, by one actor."""

    def __init__(self, office: Office, transaction: Transaction, actor: Actor) -> None:
        self._office = office
        self._transaction = transaction
        self._actor = actor
        self._people = PeopleRepository(transaction.session, actor)
        self._repository = GuestRepository(transaction.session)

    async def invite(self, given: GuestIn, deposit_cents: int = 0) -> list[ExtraWindow]:
        """Return a guest's new windows; raise NotFound, Invalid or Conflict."""
        if given.badge is not None and not self._actor.may(Permission.BADGES_WRITE):
            raise Forbidden("Your role does not allow to hand out badges; invite without one.")
        known = None if given.holder is None else await self._people.member(given.holder)
        place = await self._people.site(given.site if known is None else known.site)
        starts, ends = _span(given, place, self._office.now_ms())
        areas = {each.id for each in await self._repository.areas(place.id)}
        if not areas.issuperset(given.areas):
            raise DoesNotFit("areas", N_("There is no such area."))
        guest = known or await self._new(given, place)
        rows = [
            ExtraWindow(
                id=new_id("w"), site=place.id, holder=guest.id, area=area, starts_at=starts,
                ends_at=ends, lead_minutes=given.lead_minutes, lag_minutes=given.lag_minutes,
                source="guest", note=given.note, host=given.host,
            )
            for area in dict.fromkeys(given.areas)
        ]  # fmt: skip
        for row in rows:
            self._repository.add(row)
        detail = {"areas": sorted(set(given.areas)), "starts_at": starts, "ends_at": ends}
        self._note(guest, Action.GUEST_INVITED, detail)
        await self._transaction.session.flush()
        if given.badge is not None:
            handing = Handing(self._office, self._transaction, self._actor)
            await handing.hand_out(given.badge, guest.id, deposit_cents)
        else:
            await tell_doors(self._office, self._transaction, guest.site, [guest.id])
        return rows

    async def cancel(self, window: str) -> list[ExtraWindow]:
        """Cancel a visit, or end one that has begun, now; raise NotFound or Conflict."""
        row = await self._repository.window(window)
        if row is None or row.source != "guest":
            raise NotFound(f"there is no visit {window!r}")
        own(self._actor, row.site, f"visit {window!r}")
        now = self._office.now_ms()
        if row.cancelled_at is not None or row.ends_at <= now:
            raise InTheWay("", N_("This visit is over already."))
        guest = await self._people.member(row.holder)
        rows = list(await self._repository.same_visit(row))
        for each in rows:
            each.cancelled_at = now
        self._note(guest, Action.GUEST_CANCELLED, {"starts_at": row.starts_at})
        await tell_doors(self._office, self._transaction, row.site, [row.holder])
        return rows

    async def _new(self, given: GuestIn, place: Site) -> Holder:
        if given.name is None:
            raise DoesNotFit("name", N_("Please fill this in."))
        guest = Holder(
            id=new_id("h"), site=place.id, name=given.name, kind="guest", mail=given.mail,
            language=place.locale[:2] if place.locale[:2] in ("fr", "en") else "fr",
            suspended=False, created_at=self._office.now_ms(),
        )  # fmt: skip
        self._repository.add(guest)
        await self._transaction.session.flush()
        return guest

    def _note(self, guest: Holder, action: Action, detail: dict[str, object]) -> None:
        note(
            self._office, self._transaction, self._actor, action, guest.id, guest.site,
            detail=detail,
        )  # fmt: skip


def _span(given: GuestIn, place: Site, now_ms: int) -> tuple[int, int]:
    """Return when a visit begins and ends, UTC milliseconds; raise Invalid."""
    starts, ends = instant_of(given.starts, place), instant_of(given.ends, place)
    if ends <= starts:
        raise DoesNotFit("ends", N_("The end is before the beginning."))
    if given.ends - given.starts > timedelta(days=LONGEST_DAYS):
        raise DoesNotFit(
            "ends", N_("A guest's pass lasts %(days)s days at most; give a plan instead."),
            days=LONGEST_DAYS,
        )  # fmt: skip
    if ends <= now_ms:
        raise DoesNotFit("ends", N_("This is over already."))
    return starts, ends


def instant_of(moment: datetime, place: Site) -> int:
    """Return a local time as UTC milliseconds; one that does not exist moves forward."""
    return int(moment.replace(tzinfo=zone(place.timezone)).timestamp()) * 1000
