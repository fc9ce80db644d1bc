"""The first owner and the first space, within one transaction."""

import secrets
from typing import Final

from sqlalchemy.ext.asyncio import AsyncSession

from loquet_server.errors import NotFound
from loquet_server.identity.codes import Codes, Purpose
from loquet_server.identity.preferences import SETUP, keep
from loquet_server.identity.repository import IdentityRepository
from loquet_server.ledger import record
from loquet_server.models import Action, Area, Operator, Site
from loquet_server.setup.repository import SetupRepository
from loquet_server.setup.schemas import OwnerForm, SpaceForm
from loquet_server.slugs import slug
from loquet_server.web.i18n import N_, Translations
from loquet_server.who import Actor, Role

STEPS: Final = ("space", "reach", "hosting", "mail")
"""Pages after the owner's, in order; each can be skipped and come back to."""
FIRST_AREA: Final = N_("Main room")
CLOSED: Final = "the set-up is done: sign in at /login"


class SetupService:
    """The first start, at one time."""

    def __init__(self, session: AsyncSession, now: int) -> None:
        self._session = session
        self._now = now

    async def pending(self) -> bool:
        """Return True while nobody owns this server."""
        return not await IdentityRepository(self._session).owners()

    async def code(self) -> str:
        """Return a new set-up code; earlier ones no longer count."""
        return await Codes(self._session, self._now).setup()

    async def right(self, code: str) -> bool:
        """Return True if this is the code that was printed last."""
        return await Codes(self._session, self._now).find(code, Purpose.SETUP) is not None

    async def own(self, asked: OwnerForm, code: str, kept: str) -> Operator:
        """Make the first owner with a password's hash; raise NotFound if the code is no good."""
        codes = Codes(self._session, self._now)
        found = await codes.find(code, Purpose.SETUP)
        if found is None or not await self.pending() or not await codes.use(found):
            raise NotFound(CLOSED)
        repository = IdentityRepository(self._session)
        row = await repository.by_mail(asked.mail)
        if row is not None:  # an account from the shell: what led into it before no longer does
            await repository.forget_codes(None, row.id)
            await repository.end_sessions(row.id)
        else:
            row = Operator(id=f"op-{secrets.token_hex(6)}", mail=asked.mail, created_at=self._now)
            self._session.add(row)
        row.name, row.language, row.password = asked.name, asked.language, kept
        row.role, row.site, row.disabled_at = Role.OWNER.value, None, None
        await self._session.flush()
        record(
            self._session, Action.SETUP_BEGUN, row.id, self._now, actor=row.name,
            detail={"name": row.name},
        )  # fmt: skip
        return row

    async def space(self, asked: SpaceForm, actor: Actor, texts: Translations) -> Site:
        """Make the first space with one area, or describe the one that is there anew."""
        repository = SetupRepository(self._session)
        site = await repository.site()
        action = Action.SITE_CHANGED
        if site is None:
            action = Action.SITE_CREATED
            site = Site(id=slug(asked.name), name=asked.name, locale=texts.code)
            repository.add(site)
            await self._session.flush()
            area = "hall" if not await repository.has_area("hall") else f"{site.id[:50]}-hall"
            repository.add(Area(id=area, site=site.id, name=texts.gettext(FIRST_AREA)))
        for name, value in asked.model_dump().items():
            setattr(site, name, value)
        record(
            self._session, action, site.id, self._now, actor=actor.name, site=site.id,
            detail={"name": site.name},
        )  # fmt: skip
        return site

    async def passed(self, step: str, actor: Actor) -> None:
        """Note that a step was seen to, so that the set-up goes on with the next."""
        row = await IdentityRepository(self._session).preference(SETUP)
        seen = dict(row.value or {}) if row is not None else {}
        await keep(self._session, SETUP, seen | {step: self._now})
        if step not in seen and seen.keys() | {step} >= set(STEPS):
            record(self._session, Action.SETUP_DONE, "server", self._now, actor=actor.name)

    async def next_step(self) -> str | None:
        """Return the first step that nobody has seen to yet, or None."""
        row = await IdentityRepository(self._session).preference(SETUP)
        seen = (row.value or {}) if row is not None else {}
        return next((step for step in STEPS if step not in seen), None)
