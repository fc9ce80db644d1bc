"""``loquet-server explain``: the questions of whoever has a shell; each stands in the record."""

from datetime import datetime
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncSession

from loquet_server.explain.outlook import Outlook
from loquet_server.explain.schemas import AreaOutlook, Explanation, MemberOutlook
from loquet_server.explain.service import ExplainService
from loquet_server.keys import load
from loquet_server.ledger import record
from loquet_server.models import Action
from loquet_server.who import SHELL

DAYS = 7


async def passage(
    session: AsyncSession, keys: Path, now: int, number: int, language: str
) -> Explanation:
    """Return why a passage was let in or refused; raise NotFound."""
    service = ExplainService(session, load(keys).signing.public)
    found = await service.passage(number, language)
    record(session, Action.PASSAGE_EXPLAINED, str(number), now, actor=SHELL.name)
    return found


async def week(
    session: AsyncSession, now: int, holder: str, first: datetime | None, language: str
) -> MemberOutlook:
    """Return when a member may enter what, from a day on; raise NotFound."""
    day = None if first is None else first.date()
    found = await Outlook(session, now).member(holder, day, DAYS, language)
    record(session, Action.MEMBER_EXPLAINED, holder, now, actor=SHELL.name)
    return found


async def way(
    session: AsyncSession, keys: Path, now: int, holder: str, way: str, at: int, language: str
) -> Explanation:
    """Return whether one way is open to a member at a moment (UTC ms); raise NotFound."""
    service = ExplainService(session, load(keys).signing.public)
    found = await service.holder(holder, way, at, language)
    record(session, Action.MEMBER_EXPLAINED, holder, now, actor=SHELL.name)
    return found


async def area(
    session: AsyncSession, now: int, name: str, at: datetime | None, language: str
) -> AreaOutlook:
    """Return who may enter an area at a moment, in the time of its space; raise NotFound."""
    outlook = Outlook(session, now)
    moment = now if at is None else await outlook.moment(name, at)
    found = await outlook.area(name, moment, language)
    record(session, Action.AREA_EXPLAINED, name, now, actor=SHELL.name)
    return found
