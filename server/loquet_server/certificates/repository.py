"""Certificates of units."""

from collections.abc import Sequence

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from loquet_server.models import Certificate, EnrolmentToken, Site, Unit, UnitState


class CertificateRepository:
    """Queries of one transaction."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def of_unit(self, unit: str) -> Sequence[Certificate]:
        """Return all certificates of a unit, the newest first."""
        query = (
            select(Certificate)
            .where(Certificate.unit == unit)
            .order_by(Certificate.issued_at.desc(), Certificate.serial)
        )
        return list((await self._session.execute(query)).scalars())

    async def revoked(self) -> Sequence[tuple[str, int]]:
        """Return ``(serial, when)`` of all revoked certificates."""
        query = select(Certificate.serial, Certificate.revoked_at).where(
            Certificate.revoked_at.is_not(None)
        )
        rows = (await self._session.execute(query)).all()
        return [(serial, revoked or 0) for serial, revoked in rows]

    async def last_revocation(self) -> int:
        """Return when a certificate was revoked last; 0 if none was."""
        return max((at for _, at in await self.revoked()), default=0)

    async def admitted(self) -> Sequence[str]:
        """Return the units that may connect."""
        query = select(Unit.id).where(Unit.public_key.is_not(None), Unit.revoked_at.is_(None))
        return list((await self._session.execute(query.order_by(Unit.id))).scalars())

    async def shut_out(self) -> Sequence[str]:
        """Return the units that were revoked, or have never been let in."""
        query = select(Unit.id).where(or_(Unit.public_key.is_(None), Unit.revoked_at.is_not(None)))
        return list((await self._session.execute(query.order_by(Unit.id))).scalars())

    async def locked(self, unit: str) -> Unit | None:
        """Return a unit, whose row is ours until the commit."""
        return await self._session.get(Unit, unit, with_for_update=True)

    async def state(self, unit: str) -> UnitState | None:
        """Return what a unit said last."""
        return await self._session.get(UnitState, unit)

    async def codes(self, unit: str) -> Sequence[EnrolmentToken]:
        """Return the enrolment codes of a unit that have not been used."""
        query = select(EnrolmentToken).where(
            EnrolmentToken.unit == unit, EnrolmentToken.used_at.is_(None)
        )
        return list((await self._session.execute(query)).scalars())

    async def only_site(self) -> str | None:
        """Return the site, if there is but one."""
        found = list((await self._session.execute(select(Site.id).limit(2))).scalars())
        return found[0] if len(found) == 1 else None

    def add(self, row: Certificate) -> None:
        """Store a new certificate."""
        self._session.add(row)
