"""Periods are set, people are shown what is kept of them, and erased."""

from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from loquet_server.data_protection.schemas import PeriodOut, PrivacyIn, PrivacyOut
from loquet_server.ledger import record
from loquet_server.models import Action, Holder, PrivacySetting
from loquet_server.office import Office, Transaction
from loquet_server.people.refusals import DoesNotFit
from loquet_server.people.repository import PeopleRepository
from loquet_server.privacy import erase, gather, looked, looks_at
from loquet_server.privacy.erasing import Erased
from loquet_server.privacy.kinds import BY_NAME, KINDS, days_of
from loquet_server.privacy.looks import Seen
from loquet_server.privacy.repository import PrivacyRepository
from loquet_server.web.i18n import N_
from loquet_server.who import Actor

LOOKS = 200


async def shown(session: AsyncSession, site: str) -> PrivacyOut:
    """Return what a space decided, with the defaults for the rest."""
    repository = PrivacyRepository(session)
    row, run = await repository.setting(site), await repository.last_run()
    days = days_of({} if row is None else row.days)
    return PrivacyOut(
        site=site,
        controller="" if row is None else row.controller,
        contact="" if row is None else row.contact,
        periods=[
            PeriodOut(kind=each.name, days=days[each.name], default=each.default,
                      least=each.least, most=each.most)
            for each in KINDS
        ],
        purged_at=None if run is None else run.at,
        purged={} if run is None else {name: int(rows) for name, rows in run.counts.items()},
        erased=await repository.count_erasures(),
    )  # fmt: skip


async def change(
    office: Office, transaction: Transaction, actor: Actor, site: str, given: PrivacyIn
) -> None:
    """Set what a space decides; raise Invalid for days beyond their bounds."""
    for name, days in given.days.items():
        kind = BY_NAME.get(name)
        if kind is None or not kind.least <= days <= kind.most:
            raise DoesNotFit(
                "days", N_("Days of %(kind)s are not within the bounds that the law sets."),
                kind=name,
            )  # fmt: skip
    repository, now = PrivacyRepository(transaction.session), office.now_ms()
    row = await repository.setting(site)
    if row is None:
        row = PrivacySetting(site=site, days={}, controller="", contact="")
        repository.add(row)
    before = days_of(row.days)
    row.days = {name: days for name, days in given.days.items() if days != BY_NAME[name].default}
    row.controller, row.contact = given.controller, given.contact
    after = days_of(row.days)
    row.changed_at = now
    record(
        transaction.session, Action.PRIVACY_CHANGED, site, now, actor=actor.name, site=site,
        detail={name: [before[name], after[name]] for name in after if before[name] != after[name]},
    )  # fmt: skip


class DataProtectionService:
    """One member's data, for one actor, in one transaction."""

    def __init__(self, office: Office, transaction: Transaction, actor: Actor) -> None:
        self._office, self._transaction, self._actor = office, transaction, actor

    async def member(self, member: str) -> Holder:
        """Return a member that the actor sees; raise NotFound."""
        return await PeopleRepository(self._transaction.session, self._actor).member(member)

    async def data(self, member: str) -> dict[str, Any]:
        """Return all that is kept of a member; that somebody looked is kept too."""
        row, session, now = await self.member(member), self._transaction.session, self._now
        found = await gather(session, row.id)
        await looked(session, self._actor, "data", [row.id], now)
        return found

    async def export(self, member: str) -> dict[str, Any]:
        """Return all that is kept of a member, to be taken away; it is recorded."""
        row = await self.member(member)
        found = await self.data(member)
        record(
            self._transaction.session, Action.MEMBER_DATA_READ, row.id, self._now,
            actor=self._actor.name, site=row.site,
        )  # fmt: skip
        return found

    async def looks(self, member: str) -> list[Seen]:
        """Return who looked at a member, newest first."""
        row = await self.member(member)
        return await looks_at(self._transaction.session, row.id, LOOKS)

    async def erase(self, member: str, name: str, reason: str) -> Erased:
        """Erase a member whose name was typed as it is written; raise Invalid or NotFound."""
        row = await self.member(member)
        if " ".join(name.split()).casefold() != " ".join(row.name.split()).casefold():
            raise DoesNotFit("name", N_("This is not the name of this member."))
        return await erase(self._office, self._transaction, row.id, self._actor, reason)

    @property
    def _now(self) -> int:
        return self._office.now_ms()
