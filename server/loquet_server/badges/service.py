"""Badges are enrolled once, handed out, lost, returned; each change goes to the doors at once."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from loquet_contract.access.credential import InvalidCredential, Representation
from loquet_server.badges.repository import BadgeRepository
from loquet_server.badges.schemas import Act, BadgeIn, Ending
from loquet_server.days import DAY_MS
from loquet_server.errors import Invalid
from loquet_server.models import Action, Credential
from loquet_server.office import Office
from loquet_server.people.changes import tell_doors
from loquet_server.people.handing import Handing
from loquet_server.people.numbers import Reading
from loquet_server.people.refusals import InTheWay
from loquet_server.people.repository import FREE, PeopleRepository
from loquet_server.peppers.repository import pepper_of
from loquet_server.web.i18n import N_
from loquet_server.who import Actor

SEEN_MS = 14 * DAY_MS
"""How long a refused tap may settle what a printed number means."""
_FROM: dict[Act, tuple[str, ...]] = {
    Act.LOSE: ("handed_out", "blocked"),
    Act.RETURN: ("handed_out", "lost", "blocked"),
    Act.BLOCK: ("handed_out", "lost", "stock"),
    Act.FIND: ("lost",),
    Act.UNBLOCK: ("blocked",),
}
"""In which states each act makes sense."""
_ACTIONS = {
    Act.LOSE: Action.BADGE_LOST,
    Act.RETURN: Action.BADGE_RETURNED,
    Act.BLOCK: Action.BADGE_BLOCKED,
    Act.FIND: Action.BADGE_FOUND,
    Act.UNBLOCK: Action.BADGE_UNBLOCKED,
}


@dataclass(frozen=True, slots=True)
class Candidate:
    """One meaning of a number, and what is known of it here."""

    reading: Reading
    digest: str
    known: Credential | None
    seen_at: int | None
    """When a door last refused it as unknown, UTC milliseconds."""

    @property
    def usable(self) -> bool:
        """True if it can become a badge, or is one that can be handed out."""
        free = self.known is None or self.known.status in FREE
        return self.reading.flaw is None and free


def acts(badge: Credential) -> tuple[Act, ...]:
    """Return what can become of a badge as it stands."""
    return tuple(act for act, states in _FROM.items() if badge.status in states)


class BadgeService(Handing):
    """Changes of one transaction, by one actor."""

    async def create(self, given: BadgeIn) -> Credential:
        """Return a new badge, by its number; raise NotFound, Invalid or Conflict."""
        number = _representation(given)
        row = await self.enrol(
            number, given.holder, given.label, given.deposit_cents, site=given.site
        )
        row.issuer, row.valid_from, row.valid_until = (
            given.issuer, given.valid_from, given.valid_until,
        )  # fmt: skip
        if given.valid_from is not None or given.valid_until is not None:
            await tell_doors(self._office, self._transaction, row.site, [row.holder])
        return row

    async def end(self, badge: str, act: Act, given: Ending) -> Credential:
        """Note that a badge was lost, returned, blocked or found; raise NotFound or Conflict."""
        row = await self._one(badge)
        if row.status not in _FROM[act]:
            raise InTheWay("reason", N_("This does not fit how the badge stands now."))
        now = self._office.now_ms()
        if act in (Act.FIND, Act.UNBLOCK):
            row.status = "handed_out" if row.holder else "stock"
            row.ended_at = None
        else:
            row.status, row.ended_at = act.value, now
        row.disabled = row.status in ("lost", "returned", "blocked")
        if act is Act.RETURN and given.deposit_back and row.deposit_cents:
            row.deposit_back_at = now
        await self._changed(row, _ACTIONS[act], [row.holder], given.reason)
        return row

    async def rename(self, badge: str, label: str) -> Credential:
        """Call a badge something else; raise NotFound."""
        row = await self._one(badge)
        row.label = label
        await self._changed(row, Action.BADGE_CHANGED, [])
        return row


async def candidates(
    session: AsyncSession, office: Office, actor: Actor, site: str, readings: Sequence[Reading]
) -> list[Candidate]:
    """Return what is known of each meaning of a number; what a door has heard comes first."""
    pepper = await pepper_of(session, office.keys, site)
    digests = [pepper.digest(each.representation) for each in readings]
    known = await PeopleRepository(session, actor).badges_with(digests, site)
    seen = await BadgeRepository(session).seen(site, digests, office.now_ms() - SEEN_MS)
    found = [
        Candidate(reading, digest, known.get(digest), seen.get(digest))
        for reading, digest in zip(readings, digests, strict=True)
    ]
    return sorted(found, key=lambda each: not each.usable or each.seen_at is None)


def _representation(given: BadgeIn) -> Representation:
    try:
        return Representation(given.form, bytes.fromhex(given.number.get_secret_value()))
    except InvalidCredential as error:
        raise Invalid(str(error)) from error
    except ValueError as error:
        raise Invalid("a number is written in hexadecimal, such as 04a1b2c3d4e5f6") from error
