"""Addresses that are told of events: made, changed, tried; and messages sent again."""

import secrets
from typing import Final

from sqlalchemy.ext.asyncio import AsyncSession

from loquet_contract.wire.sealing import seal
from loquet_server.errors import Conflict, Invalid, NotFound
from loquet_server.hooks.catalogue import TEST
from loquet_server.hooks.courier import CONTEXT, Courier
from loquet_server.hooks.outbox import body_of
from loquet_server.hooks.repository import HookRepository
from loquet_server.hooks.schemas import HookIn
from loquet_server.hooks.signing import new_message, new_secret
from loquet_server.ledger import record
from loquet_server.models import Action, Hook, HookDelivery
from loquet_server.office import Office, Transaction
from loquet_server.web.i18n import N_
from loquet_server.who import Actor, own

BOTH_MS: Final = 86_400_000
"""After a new secret was made, the one before signs too for a day."""
MOST: Final = 50
"""Addresses of one space."""
NOT_HTTPS: Final = N_(
    "The address begins with http://: what it is told could be read on the way. Use https, or"
    " have LOQUET_HOOK_NETWORKS name its network."
)
TOO_MANY: Final = N_("There are fifty webhooks already; delete one that is no longer used.")


async def hook_of(session: AsyncSession, hook: str, actor: Actor) -> Hook:
    """Return an address that is the actor's to see; raise NotFound."""
    row = await HookRepository(session).one(hook)
    if row is None:
        raise NotFound(f"there is no webhook {hook!r}")
    own(actor, row.site, f"webhook {hook!r}")
    return row


async def delivery_of(
    session: AsyncSession, delivery: int, actor: Actor
) -> tuple[HookDelivery, Hook]:
    """Return a message whose address is the actor's to see; raise NotFound."""
    found = await HookRepository(session).delivery(delivery)
    if found is None:
        raise NotFound(f"there is no delivery {delivery}")
    own(actor, found[1].site, f"delivery {delivery}")
    return found


class HookService:
    """Changes within one transaction."""

    def __init__(self, office: Office, transaction: Transaction, actor: Actor) -> None:
        self._office = office
        self._transaction = transaction
        self._session = transaction.session
        self._repository = HookRepository(transaction.session)
        self._actor = actor
        self._now = office.now_ms()

    async def create(self, site: str, given: HookIn) -> tuple[Hook, str]:
        """Add an address; return it and its secret, which is shown this once."""
        self._check(given)
        if len(await self._repository.of(site)) >= MOST:
            raise Invalid(TOO_MANY, field="")
        secret = new_secret()
        row = Hook(
            id=f"wh-{secrets.token_hex(6)}", site=site, secret=self._seal(secret),
            created_at=self._now, **given.model_dump(),
        )  # fmt: skip
        self._repository.add(row)
        self._record(Action.HOOK_CREATED, row)
        return row, secret

    async def change(self, row: Hook, given: HookIn) -> None:
        """Change an address; what waits for it goes to where it now points."""
        self._check(given)
        for name, value in given.model_dump().items():
            setattr(row, name, value)
        if row.enabled:
            row.stopped_at = None
        self._record(Action.HOOK_CHANGED, row)

    async def renew_secret(self, row: Hook) -> str:
        """Return a new secret; the one before signs too for a day."""
        secret = new_secret()
        row.previous, row.previous_until = row.secret, self._now + BOTH_MS
        row.secret = self._seal(secret)
        self._record(Action.HOOK_SECRET_MADE, row)
        return secret

    async def delete(self, row: Hook) -> None:
        """Delete an address, and what waits for it."""
        self._record(Action.HOOK_DELETED, row)
        await self._repository.remove(row)

    async def test(self, row: Hook) -> HookDelivery:
        """Send a message that says it is a test; it is tried before the answer goes out."""
        if not row.enabled:
            raise Conflict("this webhook is switched off; switch it on first")
        made = HookDelivery(
            hook=row.id, message=new_message(), kind=TEST, at=self._now,
            body=body_of(TEST, {"site": row.site}, self._now), state="waiting", attempts=0,
            next_at=self._now,
        )  # fmt: skip
        self._repository.add(made)
        await self._session.flush()
        self._record(Action.HOOK_TESTED, row)
        self._go(made.id)
        return made

    async def send_again(self, row: HookDelivery, hook: Hook) -> None:
        """Have a message tried anew, whatever became of it, under the same id."""
        if not hook.enabled:
            raise Conflict("this webhook is switched off; switch it on first")
        row.state, row.attempts, row.next_at, row.problem = "waiting", 0, self._now, None
        self._record(Action.HOOK_SENT_AGAIN, hook, delivery=row.id)
        self._go(row.id)

    def _go(self, delivery: int) -> None:
        async def step() -> None:
            await Courier(self._office).deliver(delivery)

        self._transaction.after.do(step)

    def _check(self, given: HookIn) -> None:
        if given.url.startswith("http://") and not self._office.settings.hooks_allowed:
            raise Invalid(NOT_HTTPS, field="url")

    def _seal(self, secret: str) -> str:
        return seal(self._office.keys.seal_public, secret.encode(), CONTEXT)

    def _record(self, action: Action, row: Hook, **more: object) -> None:
        record(
            self._session, action, row.id, self._now, actor=self._actor.name, site=row.site,
            detail={"name": row.name, "url": row.url, **more},
        )  # fmt: skip
