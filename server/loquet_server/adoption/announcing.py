"""What units hear that ask to be let in: waiting, until somebody has decided.

The answer is the same to all, signed and of one shape, and its nonce is reckoned, not kept: to
ask costs the server no row, no memory and, from elsewhere without a card, no query. A row is made
for who proves one of three things: an SD card of ours; our own signed word that this key was a
unit before; or that it is on our own network while somebody looks for it there.
"""

import hashlib
import hmac
import ipaddress
from dataclasses import dataclass

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from loquet_contract.wire import base64url
from loquet_contract.wire.adoption import (
    ADOPTED,
    NONCE_BYTES,
    REFUSED,
    SEAL_CONTEXT,
    WAITING,
    Announcement,
    ShortCode,
    Standing,
    Voucher,
    committed,
    short_code,
)
from loquet_contract.wire.codec import MalformedMessage, decode_text, encode, parse
from loquet_contract.wire.sealing import seal
from loquet_contract.wire.signing import Purpose, Verifier, VerifyKey, WrongSignature
from loquet_server.admission.identity import broker_password, identity_of
from loquet_server.admission.tokens import proves_card
from loquet_server.adoption.repository import NETWORK, AdoptionRepository
from loquet_server.certificates.issuing import held
from loquet_server.errors import Invalid
from loquet_server.hosts import line_of, within
from loquet_server.models import Unit, WaitingUnit
from loquet_server.office import Office
from loquet_server.peppers.repository import pepper_of

CARD, KNOWN = "card", "known"
MOST_FOUND = 32
"""Units of the network that wait at once; the oldest go."""
MOST_AT_ADDRESS, MOST_OF_CARD = 4, 4
SEEN_EVERY_MS = 15_000
"""That a unit was seen again is written so often at most."""
_MINUTE, _DAY = 60_000, 24 * 3600_000
_NEAR = tuple(
    ipaddress.ip_network(each)
    for each in (
        "127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16",
        "::1/128", "fc00::/7", "fe80::/10",
    )
)  # fmt: skip
"""Loopback, private (RFC 1918, RFC 4193) and link-local (RFC 3927, RFC 4291) networks."""
_FOUND_MS, _SILENT_MS, _DECIDED_MS = 15 * _MINUTE, 7 * _DAY, _DAY


@dataclass(frozen=True, slots=True)
class Proven:
    """Why a unit may wait, at which site, and which unit it says to be."""

    way: str
    site: str
    was: str | None = None
    card: str | None = None


class Announcements:
    """Answers units of one office."""

    def __init__(self, office: Office) -> None:
        self._office, self._keys = office, office.keys

    async def answer(self, body: bytes, client: str) -> str:
        """Return the signed Standing of whoever asks from ``client``; raise Invalid or TooMany.

        ``client`` is empty where nobody can tell.
        """
        asked = read(body)
        carded = proves_card(self._keys, asked)
        voucher = self._voucher(asked)
        if not carded and voucher is None:
            self._office.announcements.check(client)
            self._office.announcements.failed(client)
        nonce = self._nonce(asked.commitment)
        row = None
        if asked.nonce and (carded or voucher is not None or is_near(client)):
            row = await self._noted(asked, voucher, nonce, client, carded=carded)
        return await self._standing(asked, nonce, row)

    async def _noted(
        self, asked: Announcement, voucher: Voucher | None, nonce: str, client: str, *, carded: bool
    ) -> WaitingUnit | None:
        """Return the row of a unit that may wait, made or refreshed if need be."""
        name = VerifyKey.from_text(asked.public_key).key_id
        now = self._office.now_ms()
        async with self._office.database.reading() as session:
            row = await session.get(WaitingUnit, name)
            same = row is not None and row.commitment == asked.commitment
            if (
                same
                and row is not None
                and (row.state != WAITING or now - row.seen_at < SEEN_EVERY_MS)
            ):
                return row
            proven = await self._proven(session, asked, voucher, client, carded=carded)
        if proven is None:
            return None
        code = short_code(self._keys.signing.public.text, nonce, asked.commitment, asked.nonce)
        try:
            async with self._office.database.with_transaction() as session:
                return await self._written(session, asked, proven, code, client, now)
        except IntegrityError:  # asked twice at once: the other one has written it
            return None

    async def _proven(
        self, session: AsyncSession, asked: Announcement, voucher: Voucher | None, client: str,
        *, carded: bool,
    ) -> Proven | None:  # fmt: skip
        repository, now = AdoptionRepository(session), self._office.now_ms()
        card = await repository.card(asked.card) if carded else None
        if card is not None and card.used_at is None and card.expires_at > now:
            return Proven(CARD, card.site, card.unit, card.id)
        if voucher is not None and await repository.site(voucher.site) is not None:
            if _still_counts(voucher, await session.get(Unit, voucher.unit)):
                return Proven(KNOWN, voucher.site, voucher.unit)
            return None
        site = await repository.open_window(now) if is_near(client) else None
        return None if site is None else Proven(NETWORK, site)

    async def _written(
        self, session: AsyncSession, asked: Announcement, proven: Proven, code: ShortCode,
        client: str, now: int,
    ) -> WaitingUnit | None:  # fmt: skip
        repository = AdoptionRepository(session)
        await repository.forget(now - _FOUND_MS, now - _SILENT_MS, now - _DECIDED_MS)
        name = VerifyKey.from_text(asked.public_key).key_id
        row = await repository.locked(name)
        if row is None:
            if proven.way == NETWORK and await repository.found_from(client) >= MOST_AT_ADDRESS:
                return None
            if proven.card and await repository.of_card(proven.card) >= MOST_OF_CARD:
                return None
            row = WaitingUnit(id=name, public_key=asked.public_key, first_at=now, state=WAITING)
            repository.add(row)
        _fill(row, asked, proven, code, client, now)
        await session.flush()
        if proven.way == NETWORK:
            await repository.trim(MOST_FOUND)
        return row

    async def _standing(self, asked: Announcement, nonce: str, row: WaitingUnit | None) -> str:
        state, sealed = WAITING, ""
        if row is not None and row.state == REFUSED:
            state = REFUSED
        elif row is not None and row.state == ADOPTED and row.unit is not None:
            sealed = await self._sealed(row, row.unit)
            state = ADOPTED if sealed else WAITING
        server_key = self._keys.signing.public.text
        found = Standing(asked.commitment, server_key, nonce, state, sealed)
        return self._keys.signer.sign(Purpose.STANDING, encode(found))

    async def _sealed(self, row: WaitingUnit, name: str) -> str:
        """Return the unit's identity for its own eyes; empty if it is no unit any more."""
        office, keys = self._office, self._keys
        async with office.database.reading() as session:
            unit = await session.get(Unit, name)
            if unit is None or unit.public_key != row.public_key or unit.revoked_at is not None:
                return ""
            pepper = await pepper_of(session, keys, unit.site)
            certificate = await held(session, unit.id)
        password = broker_password(keys, row.commitment, row.public_key)
        identity = identity_of(office.settings, keys, unit, password, pepper, certificate)
        to = VerifyKey.from_text(row.seal_key).raw
        return seal(to, encode(identity).encode(), SEAL_CONTEXT)

    def _nonce(self, commitment: str) -> str:
        words = f"loquet/v1/adoption-nonce\n{commitment}".encode()
        return hmac.digest(self._keys.sealing, words, hashlib.sha256)[:NONCE_BYTES].hex()

    def _voucher(self, asked: Announcement) -> Voucher | None:
        """Return our own word about this key, or None."""
        if not asked.voucher:
            return None
        try:
            text = Verifier(self._keys.signing.public).payload(Purpose.VOUCHER, asked.voucher)
            found = decode_text(Voucher, text)
        except (WrongSignature, MalformedMessage):
            return None
        return found if found.public_key == asked.public_key else None


def read(body: bytes) -> Announcement:
    """Return an announcement that its own key signed, in the shape that it must have."""
    try:
        plain = parse(body)
        claimed = parse(plain["payload"])["public_key"]
        key = VerifyKey.from_text(str(claimed))
        asked = decode_text(Announcement, Verifier(key).payload(Purpose.ANNOUNCEMENT, body))
        VerifyKey.from_text(asked.seal_key)
        if len(base64url.from_text(asked.tls_key)) > 200 or len(bytes.fromhex(asked.nonce)) > 32:
            raise ValueError("length")
        if len(bytes.fromhex(asked.commitment)) != 32 or len(asked.card) > 32:
            raise ValueError("length")
    except (ValueError, TypeError, KeyError) as error:
        raise Invalid("this is not an announcement that its own key has signed") from error
    if asked.nonce and not committed(asked):
        raise Invalid("this nonce is not the one that was committed to")
    return asked


def _still_counts(voucher: Voucher, known: Unit | None) -> bool:
    """False for the word about a key that was shut out, or whose place another box has had since.

    A server that was restored from an old backup knows neither: there a later word counts.
    """
    if known is None or known.revoked_at is not None:
        return known is None
    its_own = known.public_key is None or known.public_key == voucher.public_key
    return its_own or voucher.issued_at > (known.enrolled_at or 0)


def is_near(client: str) -> bool:
    """True if an address is of our own machine or of a private network."""
    return within(client.partition("%")[0], _NEAR)


def _fill(
    row: WaitingUnit, asked: Announcement, proven: Proven, code: ShortCode, client: str, now: int
) -> None:
    """Write what a unit says of itself; what it says again changes nothing but the time."""
    if row.commitment != asked.commitment:
        row.state, row.unit, row.decided_at = WAITING, None, None
    row.site, row.way, row.was, row.card = proven.site, proven.way, proven.was, proven.card
    row.seal_key, row.tls_key, row.commitment = asked.seal_key, asked.tls_key, asked.commitment
    row.code, row.blinks = code.text, code.blinks
    row.model, row.serial = _plain(asked.model, 64), _plain(asked.serial, 8)
    row.software, row.wish = _plain(asked.software, 64), _plain(asked.wish, 64) or None
    row.address = line_of(client)[:64] if client else ""
    row.seen_at = now


def _plain(text: str, most: int) -> str:
    """Return what a stranger says, in printable characters and not too many."""
    return "".join(each for each in text if each.isprintable())[:most]
