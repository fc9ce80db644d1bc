"""``/me``: how full it is, when it is open, what I have, who is here, and what I may need now."""

from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from sqlalchemy.ext.asyncio import AsyncSession

from loquet_server.accounts import service as accounts
from loquet_server.days import DAY_MS
from loquet_server.me.frame import frame_of
from loquet_server.me.fullness import fullness
from loquet_server.me.help import state_of
from loquet_server.me.opening import opening
from loquet_server.me.passages_page import line
from loquet_server.me.repository import MeRepository
from loquet_server.me.schemas import HereIn
from loquet_server.membership_access.member import Member, MemberDep
from loquet_server.models import Plan, Subscription
from loquet_server.office import OfficeDep, ReadingDep, TransactionDep
from loquet_server.people.frame import Frame
from loquet_server.people.text import in_language
from loquet_server.presence_board import board
from loquet_server.reservations.reading import bookings_of
from loquet_server.timetable.repository import TimetableRepository
from loquet_server.web.forms import Typed, typed
from loquet_server.web.i18n import N_
from loquet_server.web.rooms import go

BOOKINGS: Final = 3
PASSAGES: Final = 3
SOON_DAYS: Final = 30
DONE: Final = {
    "here": N_("You are on today's list, until tonight."),
    "hidden": N_("You are no longer on today's list."),
}
router = APIRouter()


@dataclass(frozen=True, slots=True)
class PlanLine:
    """A plan in words. ``left``: passes, None where none are counted; ``state``: now or coming."""

    name: str
    starts: str
    ends: str
    state: str
    left: int | None
    shared: bool


@router.get("/me")
async def home(
    request: Request, office: OfficeDep, session: ReadingDep, member: MemberDep
) -> HTMLResponse:
    """Show what a member wants to know at a glance."""
    return await _page(await frame_of(request, office, session, member), session, member)


@router.post("/me/here")
async def show_me(
    request: Request, office: OfficeDep, transaction: TransactionDep, member: MemberDep
) -> Response:
    """Put the member on today's list."""
    session = transaction.session
    frame = await frame_of(request, office, session, member)
    given = await typed(request, HereIn, frame.texts)
    if given.model is None:
        return await _page(frame, session, member, given, 422)
    await board.show(session, frame.site, member.id, given.model.doing, frame.now_ms)
    transaction.after.tell(office, member.site, "board", "today", frame.now_ms)
    return go("/me", "here")


@router.post("/me/here/hide")
async def hide_me(
    office: OfficeDep, transaction: TransactionDep, member: MemberDep
) -> RedirectResponse:
    """Take the member off today's list at once."""
    await board.hide(transaction.session, member.id)
    transaction.after.tell(office, member.site, "board", "today", office.now_ms())
    return go("/me", "hidden")


async def _page(
    frame: Frame, session: AsyncSession, member: Member, given: Typed[HereIn] | None = None,
    status: int = 200,
) -> HTMLResponse:  # fmt: skip
    repository, now = MeRepository(session), frame.now_ms
    timetable = await TimetableRepository(session).of(frame.site, frame.today.isoformat())
    mine = await board.mine(session, frame.site, member.id, now)
    rows = await repository.passages(member.id, now - SOON_DAYS * DAY_MS, PASSAGES)
    wishes = await repository.wishes(now - DAY_MS, holder=member.id, limit=1)
    values = {
        "full": await fullness(frame, session),
        "hours": opening(frame, timetable),
        "plans": await _plans(frame, session, repository, member),
        "year": await _year(frame, repository, member),
        "bookings": await bookings_of(session, member.id, now, BOOKINGS),
        "passages": [line(frame, row, door) for row, door in rows],
        "wishes": [each for each in wishes if state_of(each.row, now) in ("asked", "opening")],
        "present": await board.here_today(session, member.site, now),
        "mine": mine,
        "form": given or Typed({"doing": mine.doing}),
        "holder": await repository.holder(member.id),
        "said": frame.said(DONE),
    }
    return frame.show("me.html", values, status)


async def _plans(
    frame: Frame, session: AsyncSession, repository: MeRepository, member: Member
) -> list[PlanLine]:
    rows = await repository.plans(member.id, frame.today)
    names = sorted({row.account for row, _ in rows if row.account is not None})
    left = await accounts.balances(session, names, frame.now_ms)
    own = await repository.own_accounts(member.id, names)
    return [
        _plan(frame, row, plan, left[row.account].left if row.account in left else None, own)
        for row, plan in rows
    ]


def _plan(frame: Frame, row: Subscription, plan: Plan, left: int | None, own: set[str]) -> PlanLine:
    today = frame.today.isoformat()
    return PlanLine(
        in_language(plan.name_fr, plan.name_en, frame.texts),
        frame.day(row.starts_on),
        frame.day(row.ends_on),
        "coming" if row.starts_on > today else _nearness(row.ends_on, frame.today),
        left,
        row.account is not None and row.account not in own,
    )


async def _year(frame: Frame, repository: MeRepository, member: Member) -> dict[str, Any] | None:
    until = await repository.membership_until(member.id)
    if until is None:
        return None
    return {"until": frame.day(until), "state": _nearness(until, frame.today)}


def _nearness(ends_on: str | None, today: date) -> str:
    """Return over, soon or good for a last day."""
    if ends_on is None:
        return "good"
    left = (date.fromisoformat(ends_on) - today).days
    return "over" if left < 0 else "soon" if left < SOON_DAYS else "good"
