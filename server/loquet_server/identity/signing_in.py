"""Mail and password in, a session out; whoever is wrong waits longer each time."""

from dataclasses import dataclass

from loquet_server.database import Database
from loquet_server.identity import throttle
from loquet_server.identity.passwords import Passwords
from loquet_server.identity.repository import IdentityRepository
from loquet_server.identity.sessions import begin
from loquet_server.models import Operator, SignInAttempt


@dataclass(frozen=True, slots=True)
class Caller:
    """Where an attempt comes from. ``cookie``: the session that the browser had, if any."""

    address: str
    browser: str = ""
    cookie: str = ""


class SignIn:
    """Attempts to sign in, each in short transactions: none is open while a hash is computed."""

    def __init__(self, database: Database, passwords: Passwords, now: int) -> None:
        self._database = database
        self._passwords = passwords
        self._now = now

    async def enter(self, mail: str, password: str, caller: Caller) -> tuple[Operator, str] | None:
        """Return the operator and a new session's secret; None, always alike, if it is wrong.

        Raises TooMany while this account or this address has to wait.
        """
        mail = mail.strip().lower()
        operator = await self._try(mail, password, caller.address)
        if operator is None:
            return None
        kept = operator.password or ""
        fresh = await self._passwords.hash(password) if self._passwords.stale(kept) else kept
        async with self._database.with_transaction() as session:
            row = await IdentityRepository(session).operator(operator.id)
            if row is None or row.disabled_at is not None or row.password != operator.password:
                return None  # changed while the hash was computed
            row.password = fresh
            secret = await begin(session, row, self._now, caller.browser, caller.cookie)
        return row, secret

    async def prove(self, operator: Operator, session_id: str, password: str, address: str) -> bool:
        """Note that the operator of a session gave the password again; False if it is wrong."""
        if await self._try(operator.mail, password, address) is None:
            return False
        async with self._database.with_transaction() as session:
            found = await IdentityRepository(session).session(session_id)
            if found is None:
                return False
            found[0].proved_at = self._now
        return True

    async def _try(self, mail: str, password: str, address: str) -> Operator | None:
        keys = {
            throttle.account_key(mail): throttle.ACCOUNT,
            throttle.address_key(address): throttle.ADDRESS,
        }
        operator, attempts = await self._counted(mail, keys)
        kept = None if operator is None or operator.disabled_at is not None else operator.password
        if not await self._passwords.verify(kept, password):
            return None
        async with self._database.with_transaction() as session:
            await IdentityRepository(session).forget_failures(throttle.account_key(mail))
            for attempt in attempts:
                row = await session.get(SignInAttempt, attempt)
                if row is not None:
                    await session.delete(row)
        return operator

    async def _counted(
        self, mail: str, keys: dict[str, throttle.Limit]
    ) -> tuple[Operator | None, list[int]]:
        """Count an attempt before it is tried, so that many at once do not all go free."""
        since = self._now - throttle.WINDOW_MS
        async with self._database.with_transaction() as session:
            repository = IdentityRepository(session)
            for key, limit in keys.items():
                throttle.refuse(limit.wait_ms(*await repository.failures(key, since), self._now))
            rows = [SignInAttempt(key=key, at=self._now) for key in keys]
            session.add_all(rows)
            await session.flush()
            return await repository.by_mail(mail), [row.id for row in rows]


async def count_setup(database: Database, address: str, now: int) -> int:
    """Count an attempt at the set-up code; raise TooMany while this address has to wait."""
    key = throttle.setup_key(address)
    async with database.with_transaction() as session:
        found = await IdentityRepository(session).failures(key, now - throttle.WINDOW_MS)
        throttle.refuse(throttle.SETUP.wait_ms(*found, now))
        row = SignInAttempt(key=key, at=now)
        session.add(row)
        await session.flush()
        return row.id


async def forget_setup(database: Database, attempt: int) -> None:
    """Forget an attempt at the set-up code that was right."""
    async with database.with_transaction() as session:
        row = await session.get(SignInAttempt, attempt)
        if row is not None:
            await session.delete(row)
