"""PINs are chosen or drawn, are long enough for the space, and end; doors follow at once."""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Literal

from sqlalchemy.ext.asyncio import AsyncSession

from loquet_contract.access.pin import LONGEST
from loquet_contract.ids import HolderId
from loquet_server.days import DAY_MS
from loquet_server.models import Action, Holder, Pin, PinRule
from loquet_server.office import Office, Transaction
from loquet_server.people.changes import note, tell_doors
from loquet_server.people.refusals import DoesNotFit, InTheWay
from loquet_server.peppers.repository import pepper_of
from loquet_server.pins import strength
from loquet_server.pins.repository import PinRepository
from loquet_server.web.i18n import N_
from loquet_server.who import Actor

GRACE_MS: Final = 30 * DAY_MS
"""How long a PIN that became too short still counts, so that its owner has time to choose."""
NEARLY: Final = 0.8
"""From this part of what the length is enough for on, pages say that it will soon not be."""
NOT_DIGITS: Final = N_("A PIN is digits, nothing else.")
TOO_SHORT: Final = N_("A PIN has at least %(length)s digits here.")
TOO_LONG: Final = N_("A PIN has at most %(length)s digits.")
NOT_THE_SAME: Final = N_("This is not what you typed first.")
ARCHIVED: Final = N_("This member has left: no badge of theirs opens anything.")
NOT_ENOUGH: Final = N_("So few digits are not enough for the %(people)s people who have a PIN.")
MadeBy = Literal["member", "operator"]


@dataclass(frozen=True, slots=True)
class Standing:
    """How long a space's PINs are. ``length``: of the next one; ``people``: who have one."""

    site: str
    length: int
    people: int

    @property
    def enough_for(self) -> int:
        """For how many people the length is enough."""
        return strength.people(self.length)

    @property
    def nearly(self) -> bool:
        """True if a few more people raise the length."""
        return self.length < LONGEST and self.people >= NEARLY * self.enough_for


async def standing(session: AsyncSession, site: str, now_ms: int, *, of: str = "") -> Standing:
    """Return how a space stands; ``of``: for the next PIN of this member."""
    repository = PinRepository(session)
    people = await repository.people(site, now_ms, but=of)
    rule = await repository.rule(site)
    chosen = strength.DEFAULT if rule is None else rule.length
    return Standing(site, max(chosen, strength.length_for(people + 1)), people)


class PinService:
    """Changes of PINs, by one actor, in one transaction."""

    def __init__(self, office: Office, transaction: Transaction, actor: Actor) -> None:
        self._office, self._transaction, self._actor = office, transaction, actor
        self._repository = PinRepository(transaction.session)

    async def choose(self, holder: Holder, digits: str, again: str) -> Pin:
        """Keep what a member has typed; raise DoesNotFit with the field."""
        await self._repository.lock(holder.site)
        length = await self._length(holder)
        _check(digits, length, holder.phone)
        if digits != again:
            raise DoesNotFit("again", NOT_THE_SAME)
        return await self._keep(holder, digits, "member", Action.PIN_CHOSEN)

    async def draw(self, holder: Holder) -> tuple[Pin, str]:
        """Draw a PIN for a member; return it, to be shown this once; raise InTheWay."""
        if holder.archived_at is not None:
            raise InTheWay("", ARCHIVED)
        await self._repository.lock(holder.site)
        digits = drawn(await self._length(holder), holder.phone)
        return await self._keep(holder, digits, "operator", Action.PIN_DRAWN), digits

    async def remove(self, holder: Holder) -> None:
        """Forget a member's PIN; doors that ask for one open to them no more."""
        if await self._repository.of(holder.id) is None:
            return
        await self._repository.delete(holder.id)
        self._note(Action.PIN_REMOVED, holder.id, holder.site)
        await self._tell(holder.site, [holder.id])

    async def set_length(self, site: str, length: int) -> Standing:
        """Choose how long new PINs are; raise DoesNotFit."""
        await self._repository.lock(site)
        now = self._office.now_ms()
        people = await self._repository.people(site, now)
        if length < strength.length_for(people):
            raise DoesNotFit("length", NOT_ENOUGH, people=people)
        await self._settle(site, length)
        return await standing(self._transaction.session, site, now)

    async def _length(self, holder: Holder) -> int:
        """Return how many digits a member's next PIN needs; raise the space's, if that is more."""
        session, now = self._transaction.session, self._office.now_ms()
        found = await standing(session, holder.site, now, of=holder.id)
        rule = await self._repository.rule(holder.site)
        if found.length > (strength.DEFAULT if rule is None else rule.length):
            await self._settle(holder.site, found.length)
        return found.length

    async def _settle(self, site: str, length: int) -> None:
        """Let this be the length; what is shorter ends after a while, what is not goes on."""
        rule = await self._repository.rule(site)
        before = strength.DEFAULT if rule is None else rule.length
        if rule is None:
            self._repository.add(PinRule(site=site, length=length))
        else:
            rule.length = length
        ends_at = self._office.now_ms() + GRACE_MS
        ended = await self._repository.end_shorter(site, length, ends_at)
        kept = await self._repository.keep_long_enough(site, length)
        if length != before:
            detail = {"before": before, "after": length, "too_short": len(ended)}
            self._note(Action.PIN_LENGTH_CHANGED, site, site, detail)
        await self._tell(site, [*ended, *kept])

    async def _keep(self, holder: Holder, digits: str, by: MadeBy, action: Action) -> Pin:
        keys, name = self._office.keys, HolderId(holder.id)
        pepper = await pepper_of(self._transaction.session, keys, holder.site, writing=True)
        row = await self._repository.of(holder.id)
        if row is None:
            row = Pin(holder=holder.id, site=holder.site)
            self._repository.add(row)
        row.digits_sealed, row.digest = keys.seal_pin(digits), pepper.pin(name, digits)
        row.length, row.made_by, row.ends_at = len(digits), by, None
        row.made_at = self._office.now_ms()
        self._note(action, holder.id, holder.site)
        await self._tell(holder.site, [holder.id])
        return row

    def _note(
        self, action: Action, subject: str, site: str, detail: dict[str, int] | None = None
    ) -> None:
        note(self._office, self._transaction, self._actor, action, subject, site, detail=detail)

    async def _tell(self, site: str, holders: Iterable[str]) -> None:
        await tell_doors(self._office, self._transaction, site, holders)


def drawn(length: int, telephone: str) -> str:
    """Return digits by chance, none that would be refused."""
    while True:
        digits = f"{secrets.randbelow(10**length):0{length}d}"
        if strength.weakness(digits, telephone) is None:
            return digits


def _check(digits: str, length: int, telephone: str) -> None:
    if not (digits.isascii() and digits.isdigit()):
        raise DoesNotFit("pin", NOT_DIGITS)
    if len(digits) < length:
        raise DoesNotFit("pin", TOO_SHORT, length=length)
    if len(digits) > LONGEST:
        raise DoesNotFit("pin", TOO_LONG, length=LONGEST)
    weak = strength.weakness(digits, telephone)
    if weak is not None:
        raise DoesNotFit("pin", weak)
