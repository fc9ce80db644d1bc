"""A one-time code in, a unit's identity out.

Strangers learn nothing: an unknown, used or expired code and a wrong proof get the same
answer.

An answer may be lost on the way, so whoever used a code gets the same identity again while the
code's 15 minutes last: with the same two keys only, and nothing changes by it.
"""

import hmac
import secrets
from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from loquet_contract.ids import check_id
from loquet_contract.wire.codec import encode
from loquet_contract.wire.enrolment import (
    CODE_SECONDS,
    SEAL_CONTEXT,
    Code,
    EnrolAnswer,
    EnrolRequest,
    Identity,
    proof,
    tls_proof,
)
from loquet_contract.wire.sealing import CannotOpen, open_sealed, seal
from loquet_contract.wire.signing import Purpose, VerifyKey
from loquet_server.admission.identity import broker_password, identity_of
from loquet_server.admission.reachable import check_reachable
from loquet_server.admission.repository import AdmissionRepository
from loquet_server.admission.suggestion import unit_toml
from loquet_server.broker import hash_password
from loquet_server.certificates.issuing import issue_first
from loquet_server.enrolment.repository import EnrolmentRepository
from loquet_server.enrolment.schemas import IssuedCode
from loquet_server.errors import Forbidden, Invalid
from loquet_server.keys import Keys
from loquet_server.ledger import record
from loquet_server.models import Action, EnrolmentToken, Site, Unit
from loquet_server.peppers.repository import pepper_of
from loquet_server.settings import Settings
from loquet_server.slugs import NO_UNIT
from loquet_server.who import SHELL

SECRET_CONTEXT = "enrolment-secret"
SECRET_BYTES = 16
REFUSED = (
    "This code does not count: it is unknown, was used, or is older than 15 minutes. Run"
    " 'loquet-server add-unit' on the server and use the new code it prints."
)


class EnrolmentService:
    """Issues codes and answers them, within one transaction."""

    def __init__(self, session: AsyncSession, settings: Settings, keys: Keys, now_ms: int) -> None:
        self._session = session
        self._repository = EnrolmentRepository(session)
        self._units = AdmissionRepository(session)
        self._settings = settings
        self._keys = keys
        self._now = now_ms

    async def add_unit(
        self, unit: str, site: str | None = None, doors: Sequence[str] = ()
    ) -> IssuedCode:
        """Return a one-time code for a unit, adding unit, site and doors that are new."""
        if check_id(unit, "unit") in NO_UNIT:
            raise Invalid(f"a unit cannot be called {unit!r}: a page has that name; choose another")
        warning = check_reachable(self._settings)
        row = await self._units.unit(unit)
        if row is None:
            row = Unit(id=unit, site=await self._site(site), name=unit)
            self._units.add(row)
            await self._session.flush()
        elif site is not None and row.site != site:
            raise Invalid(f"unit {unit!r} belongs to site {row.site!r}, not to {site!r}")
        for door in doors:
            await self._units.add_door(row, check_id(door, "door"))
        if row.hardware is None or doors:
            known = await self._units.doors(unit)
            row.hardware = {"unit_toml": unit_toml(row.site, unit, known)}
        secret = secrets.token_bytes(SECRET_BYTES)
        fingerprint = self._keys.signing.public.fingerprint
        code = Code(self._settings.own_address, fingerprint, secret)
        expires = self._now + CODE_SECONDS * 1000
        token = EnrolmentToken(
            token=code.token,
            unit=unit,
            secret_sealed=seal(self._keys.seal_public, secret, SECRET_CONTEXT),
            created_at=self._now,
            expires_at=expires,
        )
        await self._repository.replace_tokens(token)
        record(self._session, Action.UNIT_ADDED, unit, self._now, actor=SHELL.name, site=row.site)
        return IssuedCode(unit, code.text(), expires, warning)

    async def enrol(self, request: EnrolRequest) -> tuple[str, str, str]:
        """Return site, unit and the signed answer; raise Forbidden, always in the same words."""
        token = await self._repository.token(request.token)
        if token is None or token.expires_at <= self._now or not self._proven(token, request):
            raise Forbidden(REFUSED)
        row = await self._units.unit(token.unit)
        if row is None:
            raise Forbidden(REFUSED)
        password = broker_password(self._keys, request.token, request.public_key)
        if token.used_at is None:
            await self._let_in(row, token, request, password)
        elif row.public_key != request.public_key or row.revoked_at is not None:
            raise Forbidden(REFUSED)
        pepper = await pepper_of(self._session, self._keys, row.site)
        pem = await issue_first(self._session, self._keys, row, request.tls_key or "", self._now)
        identity = identity_of(self._settings, self._keys, row, password, pepper, pem)
        return row.site, row.id, self._answer(request, identity)

    async def _let_in(
        self, row: Unit, token: EnrolmentToken, request: EnrolRequest, password: str
    ) -> None:
        if not await self._repository.use(request.token, self._now):
            raise Forbidden(REFUSED)
        bound = self._secret(token) + VerifyKey.from_text(request.seal_key).raw
        token.secret_sealed = seal(self._keys.seal_public, bound, SECRET_CONTEXT)
        row.public_key = request.public_key
        row.broker_password_hash = hash_password(password)
        row.software = request.software[:64]
        row.enrolled_at, row.revoked_at = self._now, None
        record(self._session, Action.UNIT_ENROLLED, row.id, self._now, actor=row.id, site=row.site)

    async def _site(self, site: str | None) -> str:
        known = await self._repository.sites()
        if site is None:
            if len(known) > 1:
                raise Invalid(f"there are several sites; say which: --site {known[0]}")
            site = known[0] if known else "space"
        if site not in known:
            self._units.add(Site(id=check_id(site, "site"), name=site))
            await self._session.flush()
        return site

    def _proven(self, token: EnrolmentToken, request: EnrolRequest) -> bool:
        try:
            kept = self._secret(token)
            secret, bound = kept[:SECRET_BYTES], kept[SECRET_BYTES:]
            VerifyKey.from_text(request.public_key)
            if bound not in (b"", VerifyKey.from_text(request.seal_key).raw):  # 32 bytes as well
                return False
            due = proof(secret, request.public_key, request.seal_key)
            if not hmac.compare_digest(due.encode(), request.proof.encode()):
                return False
            if request.tls_key is None:
                return True
            due, said = tls_proof(secret, request.public_key, request.tls_key), request.tls_proof
            return hmac.compare_digest(due.encode(), (said or "").encode())
        except (CannotOpen, ValueError):
            return False

    def _secret(self, token: EnrolmentToken) -> bytes:
        """Return a code's secret; after it was used, with the seal key that used it."""
        return open_sealed(self._keys.sealing, token.secret_sealed, SECRET_CONTEXT)

    def _answer(self, request: EnrolRequest, identity: Identity) -> str:
        sealed = seal(
            VerifyKey.from_text(request.seal_key).raw, encode(identity).encode(), SEAL_CONTEXT
        )
        answer = EnrolAnswer(request.token, self._keys.signing.public.text, sealed)
        return self._keys.signer.sign(Purpose.ENROLMENT, encode(answer))
