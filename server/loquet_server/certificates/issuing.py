"""Units get certificates: the first with their identity, the next by asking with its key."""

from sqlalchemy.ext.asyncio import AsyncSession

from loquet_contract.wire import base64url
from loquet_server.authority import UNIT_DAYS, Authority, WrongKey, key_digest
from loquet_server.certificates.repository import CertificateRepository
from loquet_server.certificates.revoking import revoke_certificates
from loquet_server.errors import Forbidden, Invalid
from loquet_server.keys import Keys
from loquet_server.models import Certificate, Unit
from loquet_server.unit_requests import REFUSED

FRESH_MS = UNIT_DAYS * 86_400_000 // 3
"""With so much life left, a unit that asks again for the same key gets the same certificate."""
RETIRED = (
    "This key was this unit's and has been replaced by a newer one, so it gets no certificate"
    " any more. If the unit's card was restored from a copy, adopt the unit again."
)


async def issue_first(
    session: AsyncSession, keys: Keys, unit: Unit, tls_key: str, now_ms: int
) -> str:
    """Return the certificate (PEM) of a unit that is let in; empty if it brought no key.

    What it had before, under another key, counts no more. Asked again, the answer is the same.
    Raises Invalid for what is no key.
    """
    repository = CertificateRepository(session)
    spki = _spki(tls_key) if tls_key else b""
    digest = key_digest(spki) if spki else ""
    known = [each for each in await repository.of_unit(unit.id) if each.revoked_at is None]
    await revoke_certificates(session, [e for e in known if e.key_digest != digest], now_ms)
    if not spki:
        return ""
    for each in known:
        if each.key_digest == digest and each.ends_at - now_ms > FRESH_MS:
            return each.pem
    return _issue(repository, keys, unit, spki, now_ms)


async def held(session: AsyncSession, unit: str) -> str:
    """Return the certificate (PEM) that a unit has; empty if it has none that counts."""
    known = await CertificateRepository(session).of_unit(unit)
    return next((each.pem for each in known if each.revoked_at is None), "")


async def issue_next(
    session: AsyncSession, keys: Keys, asker: str, tls_key: str, now_ms: int
) -> str:
    """Return a certificate (PEM) for a unit that asks; raise Invalid, or Forbidden.

    For the key that it has, the same certificate while that is young; for a new key, or at an
    age, a new one. A key that was replaced gets none: who has an old copy of the unit's card,
    or of an old request, shall not bring it back.
    """
    repository, spki = CertificateRepository(session), _spki(tls_key)
    unit = await repository.locked(asker)
    if unit is None or unit.revoked_at is not None:
        raise Forbidden(REFUSED)
    known, digest = await repository.of_unit(unit.id), key_digest(spki)
    newest = known[0] if known else None
    if newest is not None and newest.key_digest == digest:
        if newest.revoked_at is not None:
            raise Forbidden(RETIRED)
        if newest.ends_at - now_ms > FRESH_MS:
            return newest.pem
    elif any(each.key_digest == digest for each in known):
        raise Forbidden(RETIRED)
    return _issue(repository, keys, unit, spki, now_ms)


def _issue(
    repository: CertificateRepository, keys: Keys, unit: Unit, spki: bytes, now_ms: int
) -> str:
    try:
        found = Authority.of(keys).issue_unit(unit.site, unit.id, spki, now_ms)
    except WrongKey as error:
        raise Invalid(str(error)) from error
    repository.add(
        Certificate(
            serial=found.serial,
            unit=unit.id,
            key_digest=key_digest(spki),
            pem=found.pem,
            issued_at=now_ms,
            ends_at=found.ends_at_ms,
        )
    )
    return found.pem


def _spki(tls_key: str) -> bytes:
    try:
        return base64url.from_text(tls_key)
    except ValueError as error:
        raise Invalid("tls_key is not base64url") from error
