"""What becomes of operators, within one transaction: invited, changed, disabled, enabled."""

import secrets

from sqlalchemy.ext.asyncio import AsyncSession

from loquet_server.errors import NotFound
from loquet_server.identity.codes import Codes, Purpose
from loquet_server.identity.repository import IdentityRepository
from loquet_server.identity.sites import site_choices
from loquet_server.ledger import record
from loquet_server.models import Action, OneTimeCode, Operator
from loquet_server.operators.schemas import ChangeForm, InviteForm
from loquet_server.people.refusals import InTheWay
from loquet_server.web.i18n import N_
from loquet_server.who import Actor, Role, own

MAIL_TAKEN = N_("Somebody with this mail address has an account already.")
NAME_TAKEN = N_("Somebody is called so already; the record tells people apart by their names.")
LAST_OWNER = N_("This is the last owner: make somebody else an owner first.")
DEAD_LINK = "this link does not count: it was used, or is older than 72 hours"
NO_SITE = N_("There is no such space.")
OWNER_EVERYWHERE = N_("An owner is one of all spaces of this server.")


class OperatorService:
    """Changes of one actor at one time."""

    def __init__(self, session: AsyncSession, actor: Actor, now: int) -> None:
        self._session = session
        self._repository = IdentityRepository(session)
        self._actor = actor
        self._now = now

    async def one(self, operator: str) -> Operator:
        """Return one operator; raise NotFound, also for those of other sites."""
        row = await self._repository.operator(operator)
        if row is None:
            raise NotFound(f"there is no operator {operator!r}")
        own(self._actor, row.site, f"operator {operator!r}")
        return row

    async def invite(self, asked: InviteForm) -> tuple[Operator, str]:
        """Return a new operator without a password, and the secret of the link to choose one."""
        if await self._repository.by_mail(asked.mail) is not None:
            raise InTheWay("mail", MAIL_TAKEN)
        await self._free(asked.name, "")
        site = await self._fitting(asked.role, asked.site)
        row = Operator(
            id=f"op-{secrets.token_hex(6)}",
            site=site,
            mail=asked.mail,
            name=asked.name,
            role=asked.role.value,
            language=asked.language,
            created_at=self._now,
        )
        self._repository.add(row)
        await self._session.flush()
        secret = await Codes(self._session, self._now).link(Purpose.INVITATION, row.id)
        self._record(Action.OPERATOR_INVITED, row, role=row.role)
        return row, secret

    async def link(self, row: Operator) -> str:
        """Return the secret of a new link by which somebody chooses a password."""
        purpose = Purpose.INVITATION if row.password is None else Purpose.PASSWORD
        secret = await Codes(self._session, self._now).link(purpose, row.id)
        self._record(Action.OPERATOR_LINK_MADE, row)
        return secret

    async def change(self, row: Operator, asked: ChangeForm) -> None:
        """Change name, role and site."""
        await self._free(asked.name, row.id)
        site = await self._fitting(asked.role, asked.site)
        if asked.role is not Role.OWNER or site is not None:
            await self._not_last(row)
        before = {"name": row.name, "role": row.role, "site": row.site}
        row.name, row.role, row.site = asked.name, asked.role.value, site
        after = {"name": row.name, "role": row.role, "site": row.site}
        changed = {
            name: [before[name], after[name]] for name in after if before[name] != after[name]
        }
        self._record(Action.OPERATOR_CHANGED, row, **changed)

    async def disable(self, row: Operator) -> None:
        """Let somebody no longer in: sessions end at once, links and tokens no longer count."""
        await self._not_last(row)
        row.disabled_at = self._now
        await self._repository.end_sessions(row.id)
        await self._repository.forget_codes(None, row.id)
        self._record(Action.OPERATOR_DISABLED, row)

    async def enable(self, row: Operator) -> None:
        """Let somebody in again."""
        row.disabled_at = None
        self._record(Action.OPERATOR_ENABLED, row)

    async def rename(self, row: Operator, name: str, language: str) -> None:
        """Change what somebody changes of themselves."""
        await self._free(name, row.id)
        if (row.name, row.language) != (name, language):
            self._record(Action.OPERATOR_CHANGED, row, name=[row.name, name])
        row.name, row.language = name, language

    async def set_password(self, row: Operator, kept: str, *, keep_session: str = "") -> None:
        """Set a password's hash; every other session ends, and links no longer count."""
        row.password = kept
        await self._repository.end_sessions(row.id, keep=keep_session)
        await self._repository.forget_codes(None, row.id)
        self._record(Action.OPERATOR_PASSWORD_SET, row)

    async def use_link(self, row: Operator, code: OneTimeCode, kept: str) -> None:
        """Set the password that a link was for; a link counts once."""
        if not await Codes(self._session, self._now).use(code):
            raise NotFound(DEAD_LINK)
        await self.set_password(row, kept)

    async def _not_last(self, row: Operator) -> None:
        if list(await self._repository.owners(held=True)) == [row.id]:
            raise InTheWay("role", LAST_OWNER)

    async def _free(self, name: str, mine: str) -> None:
        found = await self._repository.named(name)
        if found is not None and found.id != mine:
            raise InTheWay("name", NAME_TAKEN)

    async def _fitting(self, role: Role, asked: str | None) -> str | None:
        """Return the site to give: nobody gives more than they have."""
        site = self._actor.site or asked or None
        if site is not None and site not in dict(await site_choices(self._session, self._actor)):
            raise InTheWay("site", NO_SITE)
        if site is not None and role is Role.OWNER:
            raise InTheWay("site", OWNER_EVERYWHERE)
        return site

    def _record(self, action: Action, row: Operator, **detail: object) -> None:
        record(
            self._session, action, row.id, self._now, actor=self._actor.name, site=row.site,
            detail={"name": row.name, **detail},
        )  # fmt: skip


async def by_link(session: AsyncSession, code: str, now: int) -> tuple[Operator, OneTimeCode]:
    """Return whose link this is; raise NotFound, always alike, if it does not count."""
    found = await Codes(session, now).find(code, Purpose.INVITATION, Purpose.PASSWORD)
    row = (
        None if found is None else await IdentityRepository(session).operator(found.operator or "")
    )
    if found is None or row is None or row.disabled_at is not None:
        raise NotFound(DEAD_LINK)
    return row, found
