"""Badges become somebody's: enrolled by their number, or handed out from the stock."""

import contextlib

from loquet_contract.access.credential import Representation
from loquet_contract.wire.sealing import CannotOpen
from loquet_server.models import Action, Credential
from loquet_server.office import Office, Transaction
from loquet_server.people.changes import new_id, note, tell_doors
from loquet_server.people.derived_repository import DerivedRepository
from loquet_server.people.deriving import Deriving, number_of
from loquet_server.people.numbers import Flaw, flaw
from loquet_server.people.refusals import DoesNotFit, InTheWay
from loquet_server.people.repository import FREE, PeopleRepository
from loquet_server.peppers.repository import pepper_of
from loquet_server.web.i18n import N_
from loquet_server.who import Actor

FLAWS = {
    Flaw.RANDOM: N_(
        "This number is random: phones and bank cards show another one each time, so it cannot"
        " be somebody's badge. Use a badge of the space."
    ),
    Flaw.TRUNCATED: N_(
        "This is only the first part of a longer number: the reader that gave it stops too early."
        " Hold the badge to a reader at a door instead."
    ),
}
SAME_AT_A_READER = N_(
    "A reader of this space makes the same number of another badge, and the door could not tell"
    " them apart: %(label)s, %(name)s. Use another badge, or let that reader's kind of number no"
    " longer count."
)
ELSEWHERE = N_("This number is known already, in another space.")


class Handing:
    """Changes of one transaction, by one actor."""

    def __init__(self, office: Office, transaction: Transaction, actor: Actor) -> None:
        self._office = office
        self._transaction = transaction
        self._actor = actor
        self._people = PeopleRepository(transaction.session, actor)

    async def enrol(
        self,
        number: Representation,
        holder: str | None,
        label: str,
        deposit_cents: int,
        *,
        site: str | None = None,
        handing: bool = False,
    ) -> Credential:
        """Return a new badge of a member, or of the stock; raise NotFound, Invalid, Conflict.

        ``handing``: a badge that is known and free is handed out instead of refused.
        """
        person = None if holder is None else await self._people.member(holder)
        place = await self._people.site(site) if person is None else None
        where = person.site if person is not None else place.id if place is not None else ""
        if (problem := flaw(number)) is not None:
            raise DoesNotFit("box", FLAWS[problem])
        pepper = await pepper_of(self._transaction.session, self._office.keys, where, writing=True)
        digest = pepper.digest(number)
        if known := (await self._people.badges_with([digest], where)).get(digest):
            if handing and holder and known.site == where and known.status in FREE:
                return await self.hand_out(known.id, holder, deposit_cents)
            raise await self._taken(known)
        now = self._office.now_ms()
        row = Credential(
            id=new_id("c"),
            site=where,
            holder=holder,
            form=number.form.value,
            number_sealed=self._office.keys.seal_number(number),
            digest=digest,
            last4=number.value.hex()[-4:].upper(),
            label=label,
            issuer="",
            lossy=number.form.lossy,
            status="stock" if holder is None else "handed_out",
            disabled=False,
            deposit_cents=deposit_cents if holder else 0,
            handed_out_at=None if holder is None else now,
            created_at=now,
        )
        if not await self._people.add_badge(row):
            raise InTheWay("box", N_("Somebody has just added this badge. Look at the list."))
        derived = await self._derive(row, number, "box")
        for each in (digest, *derived):
            await self._people.forget_tap(where, each, now)
        await self._changed(row, Action.BADGE_CREATED, [holder])
        return row

    async def hand_out(self, badge: str, holder: str, deposit_cents: int = 0) -> Credential:
        """Give a badge of the stock to a member; raise NotFound or Conflict."""
        row = await self._one(badge)
        person = await self._people.member(holder)
        if row.site != person.site or row.status not in FREE:
            raise InTheWay("badge", N_("This badge is not in stock."))
        before, now = row.holder, self._office.now_ms()
        row.holder, row.status, row.disabled = person.id, "handed_out", False
        row.handed_out_at, row.ended_at = now, None
        row.deposit_cents, row.deposit_back_at = deposit_cents, None
        with contextlib.suppress(CannotOpen):  # of before a loss of keys
            await self._derive(row, number_of(self._office.keys, row), "badge")
        await self._changed(row, Action.BADGE_HANDED_OUT, [before, person.id])
        return row

    async def _derive(self, row: Credential, number: Representation, field: str) -> list[str]:
        """Keep and return what other readers make of a badge; raise Conflict where that is taken.

        ``field``: where a form says so.
        """
        session = self._transaction.session
        found = await Deriving(session, self._office.keys, row.site).learn(row, number)
        if found is None:
            return sorted(await DerivedRepository(session, row.site).of(row.id))
        other = found.other
        person = None if other.holder is None else await self._people.member(other.holder)
        name = person.name if person else "-"
        raise InTheWay(field, SAME_AT_A_READER, label=other.label or f"…{other.last4}", name=name)

    async def _one(self, badge: str) -> Credential:
        return await self._people.locked((await self._people.badge(badge)).id)

    async def _taken(self, known: Credential) -> InTheWay:
        """Return why a known number is refused; whose it is only where they may see that."""
        if not self._actor.sees(known.site):
            return InTheWay("box", ELSEWHERE)
        person = None if known.holder is None else await self._people.member(known.holder)
        if known.lossy:
            return InTheWay(
                "box",
                N_(
                    "Another badge gives this number already, and both could not be told apart:"
                    " %(label)s, %(name)s. Use a badge with a longer number."
                ),
                label=known.label or f"…{known.last4}", name=person.name if person else "-",
            )  # fmt: skip
        if person is None:
            return InTheWay("box", N_("This badge is in stock already: hand it out from there."))
        return InTheWay(
            "box",
            N_("This badge is already that of %(name)s. Take it back there first."),
            name=person.name,
        )

    async def _changed(
        self, row: Credential, action: Action, holders: list[str | None], reason: str = ""
    ) -> None:
        detail = {"holder": row.holder, "label": row.label, "last4": row.last4}
        note(
            self._office, self._transaction, self._actor, action, row.id, row.site,
            reason=reason, detail=detail,
        )  # fmt: skip
        await tell_doors(self._office, self._transaction, row.site, holders)
