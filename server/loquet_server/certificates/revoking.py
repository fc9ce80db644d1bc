"""A unit is shut out: at once, at the broker, over HTTP(S) and from the record.

``revoke`` changes the rows; ``told`` follows the commit. From then on the broker ends the unit's
session (NATS within milliseconds; mosquitto as its files are read anew), and what it still signs
is put aside. What it said last is taken off the broker, which would tell it at each of our starts.
To come back it has to be adopted or enrolled again, with new keys.
"""

from collections.abc import Iterable
from typing import Final

from sqlalchemy.ext.asyncio import AsyncSession

from loquet_contract.ids import SiteId, UnitId
from loquet_contract.wire.topics import RETAINED, Channel, unit_topic
from loquet_server.certificates.mosquitto_log import client_id
from loquet_server.certificates.repository import CertificateRepository
from loquet_server.errors import NotFound
from loquet_server.ledger import record
from loquet_server.models import Action, Certificate, Unit
from loquet_server.office import Office, Transaction
from loquet_server.publication import Publication
from loquet_server.settings import BrokerKind

SAID: Final = (Channel.STATE, Channel.ONLINE)
"""Of what stands retained for a unit at the broker, its own words."""


async def revoke(session: AsyncSession, unit: str, actor: str, reason: str, now_ms: int) -> Unit:
    """Shut a unit out; raise NotFound. Once more changes nothing. Call ``told`` as well."""
    repository = CertificateRepository(session)
    row = await repository.locked(unit)
    if row is None:
        raise NotFound(f"there is no unit {unit!r}")
    if row.revoked_at is not None:
        return row
    row.revoked_at = now_ms
    state = await repository.state(unit)
    if state is not None:  # what it would still say of itself does not count
        state.online, state.revision = False, state.revision + 1
    await revoke_certificates(session, await repository.of_unit(unit), now_ms)
    for code in await repository.codes(unit):
        code.expires_at = min(code.expires_at, now_ms)
    record(
        session, Action.UNIT_REVOKED, unit, now_ms, actor=actor, reason=reason, site=row.site
    )  # fmt: skip
    return row


def told(transaction: Transaction, office: Office, row: Unit, now_ms: int) -> None:
    """See to it that broker and pages hear of a revocation once the commit is through."""
    transaction.after.do(office.units_changed)
    if office.settings.broker is BrokerKind.EXTERNAL:
        # NATS ends the session of a user that is gone; mosquitto only takes its rights away.
        # This is the unit's own; what else there is under its name, MosquittoEar knows.
        transaction.after.do(lambda: office.exchange.end_session(client_id(row.id)))
    transaction.after.publish(office, taken_off(row))
    transaction.after.tell(office, row.site, "unit", row.id, now_ms)


def taken_off(row: Unit, *, gone: bool = False) -> list[Publication]:
    """Return what takes a unit's last words off the broker; ``gone``: and all that it was told."""
    channels = RETAINED if gone else SAID
    topics = (unit_topic(SiteId(row.site), UnitId(row.id), each) for each in channels)
    return [Publication(topic, "", retain=True) for topic in topics]


async def revoke_certificates(
    session: AsyncSession, rows: Iterable[Certificate], now_ms: int
) -> None:
    """Revoke these certificates.

    Each round has a second of its own: of two lists of the same second, a broker that read the
    first would not believe the second.
    """
    fresh = [each for each in rows if each.revoked_at is None]
    if not fresh:
        return
    await session.flush()
    last = await CertificateRepository(session).last_revocation()
    at = max(now_ms, (last // 1000 + 1) * 1000)
    for each in fresh:
        each.revoked_at = at
