"""A release is offered, stopped, and given to the units whose turn it is."""

from collections.abc import Iterable, Sequence

from loquet_contract.ids import SiteId, UnitId
from loquet_contract.wire.codec import encode
from loquet_contract.wire.events_updates import UpdateFailed
from loquet_contract.wire.releases import Release, ReleaseAnswer, ReleaseRequest
from loquet_contract.wire.signing import Purpose
from loquet_server.errors import Conflict, Invalid, NotFound
from loquet_server.incidence import end_incident
from loquet_server.ledger import record
from loquet_server.models import Action, ReleaseOffer, UnitUpdate
from loquet_server.office import Office, Transaction
from loquet_server.releases.repository import ReleaseRepository
from loquet_server.releases.rollout import Offer, Tried, is_offered
from loquet_server.releases.shelf import Shelf
from loquet_server.who import Actor


class ReleaseService:
    """Changes of one transaction, by one actor."""

    def __init__(self, office: Office, transaction: Transaction, actor: Actor, site: str) -> None:
        self._office, self._transaction, self._actor = office, transaction, actor
        self._site = site
        self._repository = ReleaseRepository(transaction.session)

    async def offer(self, version: str, first: Iterable[str], wait_hours: int) -> ReleaseOffer:
        """Let these units try a release, and the others later; raise NotFound, Invalid.

        Somebody has thus seen to what went wrong with one before, on whichever unit it was.
        """
        if Shelf(self._office.settings).one(version) is None:
            raise NotFound(f"there is no release {version!r}")
        known = {each.id for each in await self._repository.units(self._site)}
        chosen = sorted(set(first) & known)
        if not chosen:
            raise Invalid("choose at least one unit that tries the release first")
        row = await self._repository.offer(self._site, lock=True)
        now = self._office.now_ms()
        if row is None:
            row = ReleaseOffer(site=self._site)
            self._repository.add(row)
        row.version, row.first, row.wait_hours = version, chosen, wait_hours
        row.offered_at, row.stopped_at = now, None
        await self._repository.forget(self._site, version)
        await self._end_failures(now)
        self._record(Action.RELEASE_OFFERED, version, {"first": chosen, "wait_hours": wait_hours})
        return row

    async def stop(self) -> ReleaseOffer:
        """Offer the release to nobody new; raise Conflict if none is offered."""
        row = await self._repository.offer(self._site, lock=True)
        if row is None or row.stopped_at is not None:
            raise Conflict("no release is offered")
        row.stopped_at = self._office.now_ms()
        self._record(Action.RELEASE_STOPPED, row.version, {})
        return row

    async def _end_failures(self, now: int) -> None:
        """Close the incidents of units that went back; one that does so again is news."""
        for unit in await self._repository.failed(self._site):
            for row in await end_incident(
                self._transaction.session, unit=unit, kind=UpdateFailed.kind, subject=None,
                now_ms=now, by=self._actor.name,
            ):  # fmt: skip
                self._transaction.after.tell(
                    self._office, self._site, "incident", row.kind, row.revision
                )

    def _record(self, action: Action, version: str, detail: dict[str, object]) -> None:
        record(
            self._transaction.session, action, version, self._office.now_ms(),
            actor=self._actor.name, site=self._site, detail=detail,
        )  # fmt: skip


async def due(
    office: Office, repository: ReleaseRepository, site: str, unit: str
) -> Release | None:
    """Return the release that a unit is to run now; None: the one it has."""
    row = await repository.offer(site)
    if row is None:
        return None
    said = await repository.said(site, row.version)
    if not is_offered(terms(row), unit, tried(said), office.now_ms()):
        return None
    return Shelf(office.settings).one(row.version)


def answer(office: Office, wish: ReleaseRequest, release: Release | None) -> str:
    """Return the signed answer to a unit's question."""
    said = ReleaseAnswer(SiteId(wish.site), UnitId(wish.unit), wish.nonce, release)
    return office.keys.signer.sign(Purpose.RELEASE, encode(said))


def terms(row: ReleaseOffer) -> Offer:
    """Return an offer as the rollout judges it."""
    stopped = row.stopped_at is not None
    return Offer(row.version, frozenset(map(str, row.first)), row.wait_hours, stopped)


def tried(rows: Sequence[UnitUpdate]) -> list[Tried]:
    """Return what units said as the rollout judges it."""
    return [Tried(each.unit, each.works, each.said_at) for each in rows]
