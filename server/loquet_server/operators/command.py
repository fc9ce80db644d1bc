"""``loquet-server operator``: accounts for whoever has a shell on the server."""

from sqlalchemy.ext.asyncio import AsyncSession

from loquet_server.errors import Invalid, NotFound
from loquet_server.identity.repository import IdentityRepository
from loquet_server.models import Operator
from loquet_server.operators.schemas import InviteForm
from loquet_server.operators.service import OperatorService
from loquet_server.who import SHELL, Role


async def add(
    session: AsyncSession, now: int, name: str, mail: str, role: str, site: str | None
) -> tuple[Operator, str]:
    """Return a new operator, and the secret of the link to choose a password."""
    try:
        asked = InviteForm(name=name, mail=mail, role=Role(role), site=site)
    except ValueError as error:
        raise Invalid(f"{mail!r} is not a mail address, or {name!r} no name") from error
    return await OperatorService(session, SHELL, now).invite(asked)


async def reset(session: AsyncSession, now: int, mail: str) -> tuple[Operator, str]:
    """Return an operator, enabled again, and the secret of a link to a new password."""
    row = await IdentityRepository(session).by_mail(mail.strip().lower())
    if row is None:
        raise NotFound(f"there is no operator with the mail address {mail!r}")
    service = OperatorService(session, SHELL, now)
    if row.disabled_at is not None:
        await service.enable(row)
    return row, await service.link(row)


def line(row: Operator) -> str:
    """Return an operator as a line of text."""
    state = "disabled" if row.disabled_at else "" if row.password else "invited"
    return "\t".join((row.mail, row.role, row.site or "all", row.name, state)).rstrip()
