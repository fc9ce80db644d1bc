"""One person is erased in one act: everywhere, at once, and for good.

Accounting evidence goes on under a number that names nobody; everything else about the person
is deleted, or names nobody. The doors are told in the same act, so the badge is dead.
"""

from dataclasses import dataclass

from loquet_server.errors import Conflict, NotFound
from loquet_server.ledger import record
from loquet_server.models import Action, Erasure, Holder
from loquet_server.office import Office, Transaction
from loquet_server.privacy import journals, policies, tombstones
from loquet_server.privacy.person_repository import PersonRepository
from loquet_server.privacy.repository import PrivacyRepository
from loquet_server.privacy.traces import ERASED, Scrubber
from loquet_server.who import Actor

NUMBER = "x"
"""The first letter of ids that stand for somebody erased."""
_NEVER = frozenset({"action", "area", "door", "kind", "site", "state", "unit"})
"""Columns of closed words and of places: no name of a person ever stands there."""


@dataclass(frozen=True, slots=True)
class Erased:
    """What was done. ``number``: under which accounting evidence goes on, None for none."""

    number: str | None
    entries: int
    texts: int


async def erase(
    office: Office,
    transaction: Transaction,
    holder: str,
    actor: Actor,
    reason: str,
    *,
    number: str | None = None,
) -> Erased:
    """Erase one person, within the caller's transaction; raise NotFound or Conflict.

    ``number``: the one that an earlier erasure of the same person had given.
    """
    session, now = transaction.session, office.now_ms()
    row = await PrivacyRepository(session).holder(holder)
    if row is None:
        raise NotFound(f"there is no member {holder!r}")
    if row.id.startswith(NUMBER):
        raise Conflict("this is accounting evidence without a name: there is nobody to erase")
    site, person = row.site, PersonRepository(session, holder)
    words = await _words(person, row)
    but = _NEVER | ({"actor"} if await person.namesake(row.name) else set())
    number = await _number(transaction, person, row, number, now)
    await _take_out(office, transaction, person, row, words)
    entries = await journals.erase_bodies(session, await person.entries_naming(words.ids))
    texts = await person.scrub(words.scrubber, but=but)
    await person.delete_letters(words.ids)
    await session.flush()
    for unit in await person.desired_naming(site, words.scrubber.words):
        found = await office.policies.advance_desired(session, unit, now)  # signed anew
        transaction.after.publish(office, found)
    record(
        session, Action.MEMBER_ERASED, ERASED, now, actor=actor.name, site=site,
        reason=str(words.scrubber.scrubbed(reason)), detail={"number": number or ""},
    )  # fmt: skip
    _bury(office, transaction, site, tombstones.bury(holder, number, now))
    transaction.after.tell(office, site, "holder", ERASED, now)
    return Erased(number, entries, texts)


@dataclass(frozen=True, slots=True)
class _Words:
    """What names the person: ``ids`` opaque ones, ``scrubber`` all of them."""

    ids: list[str]
    scrubber: Scrubber


async def _words(person: PersonRepository, row: Holder) -> _Words:
    ids = [row.id, *await person.digests(), *await person.badge_ids()]
    return _Words(ids, Scrubber([*ids, row.name, row.mail, row.phone]))


async def _number(
    transaction: Transaction, person: PersonRepository, row: Holder, number: str | None, now: int
) -> str | None:
    """Move accounting evidence to a number; return it, None if there is none to move."""
    session = transaction.session
    if not await person.has_evidence():
        return number
    repository = PrivacyRepository(session)
    if number is None:
        number = f"{NUMBER}{await repository.count_erasures() + 1:06d}"
        while await repository.holder(number) is not None:
            number = f"{NUMBER}{int(number[1:]) + 1:06d}"
    if await repository.holder(number) is None:
        repository.add(
            Holder(
                id=number,
                site=row.site,
                name=f"#{number[1:]}",
                kind="member",
                created_at=now,
                archived_at=now,
                language=row.language,
            )
        )
        await session.flush()
    await person.move_evidence(number)
    return number


async def _take_out(
    office: Office, transaction: Transaction, person: PersonRepository, row: Holder, words: _Words
) -> None:
    """Delete the person, and tell the doors: first the change, then whole policies without it."""
    session, now, site, mail = transaction.session, office.now_ms(), row.site, row.mail
    gone = dict.fromkeys(await person.facts())
    await person.blank_passages()
    await person.delete_rows()
    await person.blank_contact(mail)
    await person.delete_person()
    session.expunge(row)
    await session.flush()
    found = await office.policies.advance_holders(session, site, [row.id], now)
    found += await office.policies.whole(session, site, now)
    await session.flush()
    await policies.forget(session, site, words.ids)
    found += await office.moving.tell(session, site, gone, now)
    transaction.after.publish(office, found)


def _bury(office: Office, transaction: Transaction, site: str, stone: tombstones.Tombstone) -> None:
    """Keep the tombstone in the database, and beside it once the commit is through."""
    PrivacyRepository(transaction.session).add(
        Erasure(site=site, salt=stone.salt, digest=stone.digest, number=stone.number, at=stone.at)
    )

    async def keep() -> None:
        tombstones.keep(office.settings.data, [stone])

    transaction.after.do(keep)
