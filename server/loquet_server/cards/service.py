"""Masters are rolled over and given to units; readers are told to encode a card.

Two may be in force: the newest encodes, the older is still believed until it is retired.
"""

from loquet_contract.ids import CredentialDigest, ReaderId
from loquet_contract.wire import base64url
from loquet_contract.wire.card_keys import (
    SEAL_CONTEXT,
    CardKeysAnswer,
    CardKeysRequest,
    CardMaster,
    CardMasters,
)
from loquet_contract.wire.codec import encode
from loquet_contract.wire.commands import Outcome, What
from loquet_contract.wire.sealing import open_sealed, seal
from loquet_contract.wire.signing import Purpose
from loquet_server.cards.repository import CardRepository
from loquet_server.commands import Order, address, ask
from loquet_server.errors import Conflict, Invalid, NotFound
from loquet_server.ledger import record
from loquet_server.models import Action, BadgeEncoding, CardKey, Credential
from loquet_server.office import Office, Transaction, committed
from loquet_server.rotation.masters import MASTER_CONTEXT, MasterService
from loquet_server.who import Actor

MOST_IN_FORCE = 2
SECONDS = 180
"""How long a reader waits for a card; a unit allows 300 at most."""


class CardKeyService:
    """Changes of one transaction, by one actor."""

    def __init__(self, office: Office, transaction: Transaction, actor: Actor, site: str) -> None:
        self._office, self._site = office, site
        self._repository = CardRepository(transaction.session)
        self._masters = MasterService(office, transaction, actor.name, site)

    async def make(self) -> CardKey:
        """Make the next master; the units are told. Raise Conflict while two are in force."""
        return await self._masters.make(MOST_IN_FORCE)

    async def retire(self, version: int) -> CardKey:
        """Let a master count no more; raise NotFound, or Conflict for the newest."""
        rows = await self._repository.keys(self._site, lock=True)
        row = next((each for each in rows if each.version == version), None)
        if row is None:
            raise NotFound(f"there is no card key {version}")
        if row is rows[0]:
            raise Conflict("the newest card key cannot be retired: make the next one first")
        if row.retired_at is None:
            row.retired_at = self._office.now_ms()
            await self._masters.changed(Action.CARD_KEY_RETIRED, row)
        return row


def answer(office: Office, wish: CardKeysRequest, keys: list[CardKey]) -> str:
    """Return the signed answer to a unit's question: all masters in force, sealed to it.

    Raise Invalid for a seal key that is none.
    """
    masters = tuple(
        CardMaster(
            each.version,
            base64url.to_text(open_sealed(office.keys.sealing, each.master_sealed, MASTER_CONTEXT)),
        )
        for each in keys
    )
    try:
        to = base64url.from_text(wish.seal_key)
        sealed = seal(to, encode(CardMasters(masters)).encode(), SEAL_CONTEXT)
    except ValueError as error:
        raise Invalid("the seal key is not an X25519 key") from error
    said = CardKeysAnswer(wish.site, wish.unit, wish.nonce, sealed)
    return office.keys.signer.sign(Purpose.CARD_KEYS, encode(said))


async def begin(
    office: Office, actor: Actor, badge: Credential, unit: str, reader: str
) -> BadgeEncoding:
    """Have a reader wait for a badge's card; raise NotFound, Conflict or UnitSilent."""
    async with committed(office) as transaction:
        session, now = transaction.session, office.now_ms()
        repository = CardRepository(session)
        if not await repository.in_force(badge.site):
            raise Conflict("this space has no card key yet: make one first")
        states = await repository.states(badge.site)
        found = next((each for each in states if each[0].id == unit), None)
        if found is None or reader not in (found[1].readers or {}):
            raise NotFound(f"there is no reader {reader!r} at unit {unit!r}")
        order = Order(actor=actor.name, reason="to encode a badge")
        command = address(
            *found, What.ENCODE, order, seconds=SECONDS, reader=ReaderId(reader),
            credential=CredentialDigest(badge.digest),
        )  # fmt: skip
        row = BadgeEncoding(
            id=command.command, site=badge.site, badge=badge.id, unit=unit, reader=reader,
            actor=actor.name[:200], asked_at=now, expires_at=now + SECONDS * 1000,
        )  # fmt: skip
        repository.add(row)
        record(
            session, Action.BADGE_ENCODING_ASKED, badge.id, now, actor=actor.name, site=badge.site,
            detail={"reader": reader, "unit": unit, "command": command.command},
        )  # fmt: skip
    reply = await ask(office, found[0], command)
    if reply.outcome is not Outcome.PERFORMED:
        raise Conflict(f"the unit has refused: {reply.detail}")
    return row


GOOD = ("done", "already")
GOES_ON = ("interrupted", "other_card")
"""After these the reader waits on."""


def state(row: BadgeEncoding, now_ms: int) -> str:
    """Return how an encoding stands: waiting, again (the reader waits on), good, bad or over."""
    if row.outcome in GOOD:
        return "good"
    if row.outcome is not None and row.outcome not in GOES_ON:
        return "bad"
    if now_ms >= row.expires_at:
        return "over"
    return "waiting" if row.outcome is None else "again"
