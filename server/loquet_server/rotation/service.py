"""A new pepper takes the place of a site's old one, and no door refuses a good badge meanwhile.

Three steps, each one transaction, so that whatever dies leaves a state that works:

spreading    the new pepper is made, and named to the units beside the old one. Policies stay under
             the old one. Units fetch the new one and say that they hold it; meanwhile all digests
             are worked out under it.
taken up     every unit in touch holds both: digests are exchanged and policies made anew under the
             new pepper, all at once. A unit tries a badge under each pepper it holds, so that it
             opens before, while and after its policy changes. One that was away goes on with the
             policy and the pepper it has, until it has fetched both.
retired      every unit enforces a policy under the new pepper, or nobody waits for it any more: the
             old secret is deleted here, and by each unit as soon as its own policy is under the
             new one.
"""

import asyncio
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from loquet_contract.access.credential import Form, Representation
from loquet_contract.ids import HolderId
from loquet_contract.wire.enrolment import SEALED_NUMBER_CONTEXT
from loquet_contract.wire.rotation import PEPPER_BYTES
from loquet_contract.wire.sealing import CannotOpen, open_sealed
from loquet_server.days import DAY_MS
from loquet_server.errors import Conflict, NotFound
from loquet_server.keys import Keys
from loquet_server.ledger import record
from loquet_server.models import (
    Action,
    Credential,
    DerivedNumber,
    Pin,
    SitePepper,
    Unit,
    UnitState,
)
from loquet_server.office import Office, Transaction
from loquet_server.people.derived import Derived
from loquet_server.people.numbers import from_canonical
from loquet_server.peppers.pepper import Pepper
from loquet_server.peppers.repository import PepperRepository
from loquet_server.rotation.repository import RotationRepository

FORMER_MS = 400 * DAY_MS
"""Milliseconds for which badges are known by their former digests: longer than facts are kept."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How a unit stands: it ``holds`` the new pepper, and ``enforces`` a policy under it."""

    unit: Unit
    online: bool
    seen_at: int | None
    holds: bool
    enforces: bool
    left: bool


@dataclass(frozen=True, slots=True)
class Rotating:
    """A rotation that is under way. ``digests``: how many are still to be worked out."""

    new: SitePepper
    old: Sequence[SitePepper]
    units: Sequence[Standing]
    digests: int

    @property
    def taken_up(self) -> bool:
        return self.new.in_use_at is not None

    @property
    def waits_for(self) -> list[Standing]:
        """The units on which the next step waits."""
        found = [each for each in self.units if not each.left and each.seen_at is not None]
        if self.taken_up:
            return [each for each in found if not each.enforces]
        return [each for each in found if each.online and not each.holds]


async def standing(session: AsyncSession, keys: Keys, site: str) -> Rotating | None:
    """Return how a site's rotation stands; None if there is none."""
    rows = await PepperRepository(session, keys, site).rows()
    rows = [each for each in rows if each.retired_at is None]
    if len(rows) < 2:
        return None
    new, rotations = rows[0], RotationRepository(session)
    left, versions = set(new.left_behind or ()), new.versions or {}
    units = [
        _standing(row, said, new, versions.get(row.id), row.id in left)
        for row, said in await rotations.units(site)
    ]
    digests = 0 if new.in_use_at is not None else await rotations.left(site)
    return Rotating(new, rows[1:], units, digests)


class RotationService:
    """Steps of one transaction, by one actor, at one site."""

    def __init__(self, office: Office, transaction: Transaction, actor: str, site: str) -> None:
        self._office, self._transaction = office, transaction
        self._actor, self._site = actor, site
        self._session = transaction.session
        self._peppers = PepperRepository(self._session, office.keys, site)
        self._rotations = RotationRepository(self._session)

    async def begin(self, reason: str) -> SitePepper:
        """Make the pepper that follows, and name it to the units; raise Conflict while one does.

        Who is under way already is not begun anew: see ``begin_anew``.
        """
        rows = await self._peppers.settled(self._office.now_ms())
        if rows[0].in_use_at is None or sum(each.retired_at is None for each in rows) > 1:
            raise Conflict("a rotation is under way: it has to end first")
        return await self._make(rows[0].version + 1, reason)

    async def begin_anew(self, reason: str) -> SitePepper:
        """Make the pepper that follows whatever is in force: all of that was on a stolen unit.

        One that was not taken up yet is given up; one that is being retired counts on.
        """
        now = self._office.now_ms()
        rows = await self._peppers.settled(now)
        if rows[0].in_use_at is None:
            _drop(rows[0], now)
            await self._rotations.forget_next(self._site)
        for each in [each for each in rows if each.in_use_at and not each.retired_at][1:]:
            _drop(each, now)
        return await self._make(rows[0].version + 1, reason)

    async def leave_behind(self, unit: str) -> None:
        """Wait for a unit no longer; raise NotFound, or Conflict if nobody waits for it."""
        if unit not in {row.id for row, _ in await self._rotations.units(self._site)}:
            raise NotFound(f"there is no unit {unit!r}")
        found = await standing(self._session, self._office.keys, self._site)
        if found is None or unit not in {each.unit.id for each in found.waits_for}:
            raise Conflict("nobody waits for this unit")
        found.new.left_behind = sorted({*(found.new.left_behind or ()), unit})
        self._note(Action.PEPPER_UNIT_LEFT, found.new, {"unit": unit})

    async def prepare(self) -> bool:
        """Work out the next digests of some; return True if there may be more."""
        rows = await self._peppers.rows()
        if not rows or rows[0].in_use_at is not None or rows[0].retired_at is not None:
            return False
        made = await self._next_digests(self._peppers.opened(rows[0]))
        await self._rotations.note(self._site, made)
        return bool(made)

    async def advance(self) -> bool:
        """Do the next step if nothing is in its way; return True if it was done."""
        await self._peppers.rows(lock=True)
        found = await standing(self._session, self._office.keys, self._site)
        if found is None or found.waits_for or found.digests > 0:
            return False
        if not found.taken_up:
            await self._take_up(found.new)
        else:
            await self._retire(found)
        return True

    # ---- steps -----------------------------------------------------------------------------

    async def _make(self, version: int, reason: str) -> SitePepper:
        pepper = Pepper(secrets.token_bytes(PEPPER_BYTES))
        self._peppers.add(
            pepper, version, self._office.now_ms(), actor=self._actor, reason=reason
        )  # fmt: skip
        await self._session.flush()
        row = (await self._peppers.rows())[0]
        self._note(Action.PEPPER_MADE, row)
        await self._tell()
        return row

    async def _take_up(self, row: SitePepper) -> None:
        now = self._office.now_ms()
        while made := await self._next_digests(self._peppers.opened(row)):
            await self._rotations.note(self._site, made)  # badges of the last moment
        await self._rotations.take_up(self._site, now)
        row.in_use_at = now
        await self._session.flush()
        self._session.expire_all()
        await self._rename_taps()
        # whole: who has lost its policy later could not read one that begins under the old pepper
        found = await self._office.policies.advance_site(
            self._session, self._site, now, afresh=True
        )
        self._transaction.after.publish(self._office, found)
        row = (await self._peppers.rows())[0]
        row.versions = await self._rotations.newest_versions(self._site)
        row.left_behind = None
        self._note(Action.PEPPER_TAKEN_UP, row)

    async def _retire(self, found: Rotating) -> None:
        now = self._office.now_ms()
        for each in found.old:
            _drop(each, now)
            self._note(Action.PEPPER_RETIRED, each)
        await self._rotations.forget_former(now - FORMER_MS)
        await self._session.flush()
        await self._tell()

    async def _tell(self) -> None:
        """Name the peppers in force to the units."""
        now = self._office.now_ms()
        for row, _ in await self._rotations.units(self._site):
            found = await self._office.policies.advance_desired(self._session, row.id, now)
            self._transaction.after.publish(self._office, found)

    def _note(self, action: Action, row: SitePepper, detail: Mapping[str, str] = {}) -> None:
        record(
            self._session, action, str(row.version), self._office.now_ms(), actor=self._actor,
            site=self._site, reason=row.reason, detail={"name": row.name, **detail},
        )  # fmt: skip

    # ---- digests ---------------------------------------------------------------------------

    async def _next_digests(self, pepper: Pepper) -> dict[str, str]:
        """Return what some of the digests become that are not known yet."""
        keys, rows = self._office.keys, self._rotations
        badges = await rows.badges(self._site)
        found = await asyncio.to_thread(_of_badges, keys, pepper, badges)
        derived = await rows.derived(self._site)
        found |= await asyncio.to_thread(_of_derived, keys, pepper, derived)
        pins = await rows.pins(self._site)
        return found | await asyncio.to_thread(_of_pins, keys, pepper, pins)

    async def _rename_taps(self) -> None:
        """Let badges that were refused as unknown be found by their numbers, as before."""
        taps = await self._rotations.sealed_taps(self._site)
        pepper = await self._peppers.current()
        found = await asyncio.to_thread(_of_taps, self._office.keys, pepper, taps)
        await self._rotations.rename_taps(found)


def _drop(row: SitePepper, now_ms: int) -> None:
    row.retired_at, row.secret_sealed = now_ms, None


def _standing(
    row: Unit, said: UnitState | None, new: SitePepper, version: int | None, left: bool
) -> Standing:
    holds = said is not None and new.name in (said.peppers or ())
    enforced = 0 if said is None else said.policy_version or 0
    enforces = holds and enforced >= (version or 1)
    online, seen_at = (False, None) if said is None else (said.online, said.seen_at)
    return Standing(row, online, seen_at, holds, enforces, left)


def _number(keys: Keys, badge: Credential) -> Representation | None:
    try:
        return Representation(Form(badge.form), keys.open_number(badge.number_sealed))
    except (CannotOpen, ValueError):  # of before a loss of keys: no door knows it either
        return None


def _of_badges(keys: Keys, pepper: Pepper, badges: Sequence[Credential]) -> dict[str, str]:
    numbers = ((each.digest, _number(keys, each)) for each in badges)
    return {old: old if number is None else pepper.digest(number) for old, number in numbers}


def _of_derived(
    keys: Keys, pepper: Pepper, rows: Sequence[tuple[DerivedNumber, Credential]]
) -> dict[str, str]:
    found: dict[str, str] = {}
    for row, badge in rows:
        number = _number(keys, badge)
        made = None if number is None else Derived(row.form).of(number)
        found[row.digest] = row.digest if made is None else pepper.digest(made)
    return found


def _of_pins(keys: Keys, pepper: Pepper, pins: Sequence[Pin]) -> dict[str, str]:
    found: dict[str, str] = {}
    for each in pins:
        try:
            digits = keys.open_pin(each.digits_sealed)
            found[each.digest] = pepper.pin(HolderId(each.holder), digits)
        except (CannotOpen, ValueError):
            found[each.digest] = each.digest
    return found


def _of_taps(keys: Keys, pepper: Pepper, taps: Sequence[tuple[int, str]]) -> dict[int, str]:
    found: dict[int, str] = {}
    for passage, sealed in taps:
        try:
            raw = open_sealed(keys.sealing, sealed, SEALED_NUMBER_CONTEXT)
            found[passage] = pepper.digest(from_canonical(raw))
        except (CannotOpen, ValueError):
            continue
    return found
