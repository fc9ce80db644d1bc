"""Bodies of the journal are erased, its chains stay whole: the digest of a body takes its place.

A chain goes through the salted digest of each body. With the salt gone too, the digest gives a
body away to nobody who guesses.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from loquet_contract.ids import JournalId, UnitId
from loquet_contract.wire.envelope import body_digest, first_chain, next_chain
from loquet_server.models import Entry
from loquet_server.privacy.journal_repository import JournalBodies, Key

ERASED_BODY = "{}"


@dataclass(frozen=True, slots=True)
class Proof:
    """What was proven of one journal. ``broken``: the first entry that does not fit.

    ``lost``: entries that the unit kept no more and that never came.
    """

    journal: str
    entries: int
    erased: int
    broken: int | None = None
    lost: int = 0


async def erase_bodies(session: AsyncSession, keys: Iterable[Key]) -> int:
    """Erase the bodies of these entries; return how many had one."""
    repository = JournalBodies(session)
    done = 0
    for entry in await repository.whole(keys):
        digest = body_digest(entry.salt, entry.body).hex()
        await repository.blank(entry, ERASED_BODY, digest)
        done += 1
    return done


async def verify(session: AsyncSession) -> list[Proof]:
    """Prove the chain of every journal, from the first entry that is kept."""
    repository = JournalBodies(session)
    return [
        await _prove(repository, journal, unit) for journal, unit in await repository.journals()
    ]


async def _prove(repository: JournalBodies, journal: str, unit: str) -> Proof:
    previous: str | None = None
    count = erased = lost = last = 0
    gaps = await repository.gaps(journal)
    while page := await repository.after(journal, last):
        for entry in page:
            if entry.sequence == 1:
                previous = first_chain(UnitId(unit), JournalId(journal))
            if (beyond := gaps.get(last + 1)) is not None and entry.sequence == beyond + 1:
                lost, last, previous = lost + beyond - last, beyond, None
            if previous is not None and (
                (last and entry.sequence != last + 1) or chain_after(previous, entry) != entry.chain
            ):
                return Proof(journal, count, erased, entry.sequence, lost)
            previous, last, count = entry.chain, entry.sequence, count + 1
            erased += entry.body_digest is not None
    return Proof(journal, count, erased, lost=lost)


def chain_after(previous: str, entry: Entry) -> str:
    """Return the chain after an entry, whether its body is there or only the digest."""
    header = (
        f"{entry.sequence}|{entry.utc if entry.said is None else entry.said}|{entry.monotonic}"
        f"|{entry.boot}|{int(entry.trusted)}|{entry.kind}"
    )
    digest = (
        body_digest(entry.salt, entry.body)
        if entry.body_digest is None
        else bytes.fromhex(entry.body_digest)
    )
    return next_chain(previous, header, digest)


def words(proofs: Sequence[Proof]) -> list[str]:
    """Return a line for each journal."""
    return [
        f"journal {each.journal}: entry {each.broken} does not fit the chain"
        if each.broken is not None
        else f"journal {each.journal}: {each.entries} entries proven, {each.erased} without a body"
        + (f", {each.lost} lost on the unit" if each.lost else "")
        for each in proofs
    ]
