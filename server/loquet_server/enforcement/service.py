"""What doors enforce, and where a badge opens nothing any more.

Only what units have signed counts as confirmed. For a unit that has not, the answer is how long
its doors would still open: by the rules that it was given last, since when it was given them.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from loquet_contract.access.policy import HolderRecord, RuleRecord
from loquet_contract.wire.codec import decode_text
from loquet_server.enforcement.repository import EnforcementRepository
from loquet_server.enforcement.schemas import BadgeProof, DoorProof, Lasting, UnitEnforcement
from loquet_server.errors import NotFound
from loquet_server.models import Credential, Holder
from loquet_server.policy.rules import rule_of
from loquet_server.who import Actor, own

GONE = ("lost", "returned", "blocked", "stock")


async def units(session: AsyncSession, site: str | None) -> list[UnitEnforcement]:
    """Return the enrolled units of a site (None: of all) and what they enforce."""
    repository = EnforcementRepository(session)
    doors, rules = await repository.doors(site), await repository.rules(site)
    plans = await repository.plans(site)
    found = []
    for row in await repository.units(site):
        held = _Held.of(row)
        found.append(
            UnitEnforcement(
                unit=held.unit.id,
                name=held.unit.name,
                site=held.unit.site,
                doors=doors.get(held.unit.id, []),
                online=held.online,
                seen_at=held.seen_at,
                clock_trusted=held.clock_trusted,
                newest=held.newest,
                made_at=held.newest_made,
                version=held.version,
                enforced_at=held.enforced_at,
                took_ms=held.took_ms,
                behind_since=held.behind_since,
                lasting=lasting(held.made_at, rules.get(held.unit.id, []), plans),
            )
        )
    return found


async def proof(session: AsyncSession, badge: str, actor: Actor) -> BadgeProof:
    """Return where a badge opens nothing any more; raise NotFound."""
    repository = EnforcementRepository(session)
    row = await repository.badge(badge)
    if row is None:
        raise NotFound(f"there is no badge {badge!r}")
    credential, holder = row
    own(actor, credential.site, f"badge {badge!r}")
    why, first = await _since(repository, credential, holder)
    known = await repository.revision(credential.site, f"holder/{credential.holder}")
    record = None if known is None else decode_text(HolderRecord, known[1])
    doors, rules = await repository.doors(credential.site), await repository.rules(credential.site)
    found = []
    for each in await repository.units(credential.site):
        held = _Held.of(each)
        name = held.unit.id
        if why is not None and doors.get(name):
            proved = await _at(repository, held, first.get(name))
            until = None
            if proved.confirmed_at is None:
                until = _opens_until(held, rules.get(name, []), record)
            update = {"doors": doors[name], "opens_until": until}
            found.append(proved.model_copy(update=update))
    return BadgeProof(
        badge=credential.id,
        label=credential.label,
        last4=credential.last4,
        member=None if holder is None else holder.name,
        why=why,
        everywhere=why is not None and all(each.confirmed_at is not None for each in found),
        doors=found,
    )


def lasting(
    made_at: int | None, lines: Iterable[str], plans: Mapping[str, tuple[str, str, str]]
) -> list[Lasting]:
    """Return how long each plan's rules last that were given at ``made_at``, the shortest first."""
    if made_at is None:
        return []
    found: dict[str | None, Lasting] = {}
    for rule in _rules(lines):
        plan, name_fr, name_en = plans.get(rule_of(rule.rule), (None, "", ""))
        ends = made_at + (rule.expires_after or 0) * 1000
        warns = min(made_at + (rule.stale_after or 0) * 1000, ends) if rule.stale_after else ends
        before = found.get(plan)
        if before is None or before.ends_at < ends:
            found[plan] = Lasting(
                plan=plan, name_fr=name_fr, name_en=name_en, warns_at=warns, ends_at=ends
            )
    return sorted(found.values(), key=lambda each: (each.ends_at, each.name_fr))


@dataclass(frozen=True, slots=True)
class _Held:
    """A unit's row, as it was read."""

    unit: Any
    state: Any
    newest: int | None
    newest_made: int | None
    made_at: int | None
    """When the version was made that it enforces."""
    enforced_at: int | None
    next_made: int | None

    @classmethod
    def of(cls, row: Any) -> "_Held":
        return cls(*row)

    @property
    def online(self) -> bool:
        return self.state is not None and bool(self.state.online)

    @property
    def seen_at(self) -> int | None:
        return None if self.state is None else self.state.seen_at

    @property
    def clock_trusted(self) -> bool | None:
        return None if self.state is None else self.state.clock_trusted

    @property
    def version(self) -> int | None:
        return None if self.state is None else self.state.policy_version

    @property
    def took_ms(self) -> int | None:
        if self.enforced_at is None or self.made_at is None:
            return None
        return max(self.enforced_at - self.made_at, 0)

    @property
    def behind_since(self) -> int | None:
        """Return when the first version was made that the unit does not have."""
        if self.newest is None or self.version == self.newest:
            return None
        return self.newest_made if self.version is None else self.next_made or self.newest_made


async def _since(
    repository: EnforcementRepository, credential: Credential, holder: Holder | None
) -> tuple[str | None, dict[str, tuple[int, int]]]:
    """Return why a badge opens nothing, and each unit's first version in which it does not."""
    site = credential.site
    causes: list[tuple[str, str]] = []
    if credential.disabled or credential.status in GONE or holder is None:
        causes.append(("blocked", f"credential/{credential.digest}"))
    if holder is not None and holder.archived_at is not None:
        causes.append(("archived", f"credential/{credential.digest}"))
    if holder is not None and holder.suspended:
        causes.append(("suspended", f"holder/{holder.id}"))
    for why, key in causes:
        record = await repository.revision(site, key)
        if record is not None:
            return why, await repository.first_since(site, record[0], None)
        if credential.ended_at is not None:  # it is in no policy any more
            return why, await repository.first_since(site, None, credential.ended_at)
        return why, await repository.first_since(site, None, credential.created_at)
    return None, {}


async def _at(
    repository: EnforcementRepository, held: _Held, first: tuple[int, int] | None
) -> DoorProof:
    confirmed = None if first is None else await repository.confirmed(held.unit.id, first[0])
    return DoorProof(
        unit=held.unit.id,
        name=held.unit.name,
        doors=[],
        online=held.online,
        seen_at=held.seen_at,
        version=None if first is None else first[0],
        made_at=None if first is None else first[1],
        confirmed_at=confirmed,
        opens_until=None,
    )


def _opens_until(held: _Held, lines: Iterable[str], record: HolderRecord | None) -> int | None:
    """Return the last instant at which a badge could open there, by what the unit was given.

    By the member's rules, where they are known; else by the most lasting of all.
    """
    if held.version is None:
        return 0  # it never had a policy, and opens to nobody
    if held.made_at is None or not held.clock_trusted:
        return None
    rules = list(_rules(lines))
    if record is not None:
        names = {*record.rules, *(right.rule for right in record.rights or ())}
        rules = [rule for rule in rules if rule.rule in names] or rules
    longest = max((rule.expires_after or 0 for rule in rules), default=0)
    return held.made_at + longest * 1000


def _rules(lines: Iterable[str]) -> Iterable[RuleRecord]:
    return (decode_text(RuleRecord, line) for line in lines)
