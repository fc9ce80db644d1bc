"""Making and revoking screens, within one transaction; and finding one by its secret."""

import secrets
from typing import Final

from sqlalchemy.ext.asyncio import AsyncSession

from loquet_server.errors import NotFound
from loquet_server.kiosk.keys import digest, new_secret
from loquet_server.kiosk.repository import KioskRepository
from loquet_server.kiosk.schemas import ScreenForm
from loquet_server.ledger import record
from loquet_server.models import Action, Screen
from loquet_server.who import Actor, own

SEEN_MS: Final = 60_000
"""How exactly it is kept when a screen last asked."""


class KioskService:
    """Screens of one site."""

    def __init__(self, session: AsyncSession, actor: Actor, now: int) -> None:
        self._session = session
        self._actor = actor
        self._now = now
        self._repository = KioskRepository(session)

    async def make(self, site: str, asked: ScreenForm) -> tuple[Screen, str]:
        """Return a new screen and its secret; areas that the site has not are left out."""
        own(self._actor, site, f"site {site!r}")
        known = {area.id for area in await self._repository.areas(site)}
        secret = new_secret()
        row = Screen(
            id=f"sc-{secrets.token_hex(6)}", site=site, name=asked.name,
            language=asked.language, areas=[area for area in asked.areas if area in known],
            names=asked.names, digest=digest(secret), created_at=self._now,
            created_by=self._actor.name,
        )  # fmt: skip
        self._repository.add(row)
        self._record(Action.SCREEN_CREATED, row)
        return row, secret

    async def one(self, screen: str) -> Screen:
        """Return a screen; raise NotFound for one of another site."""
        row = await self._repository.one(screen)
        if row is None:
            raise NotFound(f"there is no screen {screen!r}")
        own(self._actor, row.site, f"screen {screen!r}")
        return row

    async def revoke(self, screen: str) -> Screen:
        """Revoke a screen: it shows nothing from its next question on."""
        row = await self.one(screen)
        if row.revoked_at is None:
            row.revoked_at = self._now
            self._record(Action.SCREEN_REVOKED, row)
        return row

    async def renew(self, screen: str) -> tuple[Screen, str]:
        """Give a screen a new secret: whoever had the old one sees nothing any more."""
        row = await self.one(screen)
        secret = new_secret()
        row.digest, row.revoked_at, row.seen_at = digest(secret), None, None
        self._record(Action.SCREEN_RENEWED, row)
        return row, secret

    def _record(self, action: Action, row: Screen) -> None:
        record(
            self._session, action, row.id, self._now, actor=self._actor.name, site=row.site,
            detail={"name": row.name, "areas": row.areas, "names": row.names},
        )  # fmt: skip


async def find(session: AsyncSession, secret: str) -> Screen | None:
    """Return the screen of a secret, also one that was revoked; None if nobody's."""
    return await KioskRepository(session).by_digest(digest(secret)) if secret else None
