"""Delivers messages until they are taken: at least once, in no promised order.

A message is claimed for a minute before it is sent, so that two couriers do not both send it;
if one dies meanwhile, the message is due again. What a receiver took a moment before we died
comes to it once more, under the same id. One address at a time gets one message at a time, and
an address that does not answer holds up no other.
"""

import asyncio
import random
from collections.abc import Callable
from typing import Final

import structlog

from loquet_contract.wire.sealing import open_sealed
from loquet_server.chores import again
from loquet_server.database import Database
from loquet_server.hooks.addresses import Networks
from loquet_server.hooks.repository import HookRepository
from loquet_server.hooks.schedule import next_try
from loquet_server.hooks.sending import Outcome, send
from loquet_server.hooks.signing import headers
from loquet_server.keys import Keys
from loquet_server.models import Hook, HookDelivery
from loquet_server.office import Office

CONTEXT: Final = "hook-secret"
LOOK_SECONDS: Final = 1.0
CLAIM_MS: Final = 60_000
SWEEP_SECONDS: Final = 600.0
MOST_WAITING: Final = 5_000
MOST_HOOKS: Final = 10_000
MOST_DELIVERED: Final = 500
DAY_MS: Final = 86_400_000
DELIVERED_DAYS: Final = 7
DEAD_DAYS: Final = 30
_log = structlog.get_logger(__name__)


class Courier:
    """Delivers for one office; ``wake`` has it look at once."""

    def __init__(self, office: Office, draw: Callable[[], float] = random.random) -> None:
        self._database: Database = office.database
        self._keys: Keys = office.keys
        self._networks: Networks = office.settings.hooks_allowed
        self._now = office.now_ms
        self._draw = draw
        self._busy: dict[str, asyncio.Task[None]] = {}

    async def run(self) -> None:
        """Deliver until cancelled."""
        loop = asyncio.get_running_loop()
        swept = loop.time()

        async def work() -> None:
            nonlocal swept
            await self.look()
            if loop.time() - swept > SWEEP_SECONDS:
                swept = loop.time()
                await self.sweep()

        try:
            await again("deliver-webhooks", work, every=LOOK_SECONDS)
        finally:
            for task in self._busy.values():
                task.cancel()
            await asyncio.gather(*self._busy.values(), return_exceptions=True)

    async def look(self) -> None:
        """Begin to serve each address for which something is due."""
        async with self._database.reading() as session:
            due = await HookRepository(session).due(self._now())
        for hook in due:
            if hook not in self._busy:
                task = asyncio.create_task(self._serve(hook), name="deliver")
                self._busy[hook] = task
                task.add_done_callback(lambda _, hook=hook: self._busy.pop(hook, None))  # type: ignore[misc]

    async def settled(self) -> None:
        """Return when nothing is being delivered."""
        while self._busy:
            await asyncio.gather(*self._busy.values())

    async def _serve(self, hook: str) -> None:
        """Deliver what is due at one address, until one is not taken."""
        while True:
            async with self._database.reading() as session:
                found = await HookRepository(session).next_of(hook, self._now())
            if found is None:
                return
            outcome = await self.deliver(found.id)
            if outcome is None or not outcome.taken:
                return

    async def deliver(self, delivery: int) -> Outcome | None:
        """Try to deliver one message now; None if it no longer waits, or another has it."""
        async with self._database.with_transaction() as session:
            repository = HookRepository(session)
            found = await repository.delivery(delivery)
            if found is None:
                return None
            row, hook = found
            now = self._now()
            if not await repository.claim(row.id, row.next_at, now + CLAIM_MS):
                return None
        signed = headers(self._secrets(hook, now), row.message, now // 1000, row.body)
        outcome = await send(hook.url, signed, row.body, self._networks)
        await self._keep(row.id, now + CLAIM_MS, outcome)
        return outcome

    def _secrets(self, hook: Hook, now: int) -> list[str]:
        sealed = [hook.secret]
        if hook.previous is not None and (hook.previous_until or 0) > now:
            sealed.append(hook.previous)
        return [opened(self._keys, each) for each in sealed]

    async def _keep(self, delivery: int, claimed: int, outcome: Outcome) -> None:
        async with self._database.with_transaction() as session:
            repository = HookRepository(session)
            found = await repository.delivery(delivery)
            if found is None or found[0].next_at != claimed:
                return  # the address was deleted, or the claim ran out and another went
            row, hook = found
            note(row, outcome, self._now(), self._draw())
            if outcome.unwanted:
                hook.enabled, hook.stopped_at = False, self._now()
                await session.flush()
                await repository.give_up(hook.id)
            _log.info(
                "delivered" if outcome.taken else "not_delivered", hook=hook.id, kind=row.kind,
                status=outcome.status, problem=outcome.problem, attempt=row.attempts,
            )  # fmt: skip

    async def sweep(self) -> None:
        """Forget what is old, and keep an address that never answers from filling the disk."""
        async with self._database.reading() as session:
            hooks = [hook.id for hook in await HookRepository(session).by_id(None, "", MOST_HOOKS)]
        for hook in hooks:
            async with self._database.with_transaction() as session:
                await _sweep(HookRepository(session), hook, self._now())


async def _sweep(repository: HookRepository, hook: str, now: int) -> None:
    await repository.forget(hook, now - DELIVERED_DAYS * DAY_MS, now - DEAD_DAYS * DAY_MS)
    beyond = await repository.bound(hook, "waiting", MOST_WAITING)
    if beyond is not None:
        await repository.overflow(hook, beyond)
    for state, most in (("delivered", MOST_DELIVERED), ("dead", MOST_WAITING)):
        beyond = await repository.bound(hook, state, most)
        if beyond is not None:
            await repository.drop(hook, state, beyond)


def note(row: HookDelivery, outcome: Outcome, now_ms: int, draw: float) -> None:
    """Write down what came of an attempt, and when the next one is."""
    row.attempts += 1
    row.tried_at, row.status, row.problem = now_ms, outcome.status, outcome.problem
    row.took_ms = outcome.took_ms
    if outcome.taken:
        row.state = "delivered"
        return
    again = None if outcome.unwanted else next_try(row.attempts, now_ms, outcome.wait, draw)
    if again is None:
        row.state = "dead"
    else:
        row.next_at = again


def opened(keys: Keys, sealed: str) -> str:
    """Return a secret that was sealed to the server's key; raise CannotOpen."""
    return open_sealed(keys.sealing, sealed, CONTEXT).decode()
