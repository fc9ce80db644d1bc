"""The frame of a member's own page: their space, their language, themselves."""

from typing import Annotated

from fastapi import Path, Request
from sqlalchemy.ext.asyncio import AsyncSession

from loquet_server.membership_access.member import Member
from loquet_server.office import Office
from loquet_server.people.frame import Frame
from loquet_server.people.text import ID_PATTERN

Named = Annotated[str, Path(pattern=ID_PATTERN)]
"""The id of something of theirs, in an address."""


async def frame_of(
    request: Request, office: Office, session: AsyncSession, member: Member
) -> Frame:
    """Return the frame of a member's page."""
    return await Frame.of(request, office, session, member.actor, member.site)
