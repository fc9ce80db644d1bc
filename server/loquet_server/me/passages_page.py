"""``/me/passages``: what the doors did for a member in the last days, and why they did not."""

from dataclasses import dataclass
from itertools import groupby
from typing import Final

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from loquet_contract.access.reasons import Reason, Remark
from loquet_server.days import DAY_MS
from loquet_server.me.frame import frame_of
from loquet_server.me.repository import MeRepository
from loquet_server.membership_access.member import MemberDep
from loquet_server.models import Passage
from loquet_server.office import OfficeDep, ReadingDep
from loquet_server.people.frame import Frame
from loquet_server.web.i18n import N_, Translations
from loquet_server.web.telling import Clock, said

SINCE_MS: Final = 30 * DAY_MS
MOST: Final = 300
OUTSIDE: Final = "outside"
REMARKS: Final = {
    Remark.IN_GRACE.value: N_("Your plan or membership has ended: these are its days of grace."),
    Remark.BILLED.value: N_("No pass was left, so this one will be billed."),
    Remark.ALREADY_INSIDE.value: N_("You were noted as inside already."),
    Remark.AREA_FULL.value: N_("The room was full."),
}
router = APIRouter()


@dataclass(frozen=True, slots=True)
class Line:
    """One passage in words. ``mood``: yes, no or plain."""

    at: int
    door: str
    text: str
    mood: str
    notes: tuple[str, ...]


@router.get("/me/passages")
async def list_page(
    request: Request, office: OfficeDep, session: ReadingDep, member: MemberDep
) -> HTMLResponse:
    """Show a member's passages of the last 30 days, by day."""
    frame = await frame_of(request, office, session, member)
    since = frame.now_ms - SINCE_MS
    rows = await MeRepository(session).passages(member.id, since, MOST)
    lines = [line(frame, row, door) for row, door in rows]
    days = groupby(lines, lambda each: frame.moments.day(each.at))
    found = [(name, list(group)) for name, group in days]
    return frame.show("me_passages.html", {"days": found, "cut": len(rows) == MOST})


def line(frame: Frame, row: Passage, door: str | None) -> Line:
    """Return one passage as its member reads it."""
    texts = frame.texts
    notes = tuple(texts.gettext(REMARKS[each]) for each in row.remarks or () if each in REMARKS)
    if not row.trusted and (row.said_at is None or row.latest is not None):
        notes += (texts.gettext(N_("The door's clock was not sure of the hour.")),)
    text, mood = _outcome(texts, row)
    if row.outcome == "denied":
        text, mood = refusal(frame, row.reason, row.when, row.at / 1000), "no"
    return Line(row.at, door or texts.gettext(N_("A door that is gone")), text, mood, notes)


def refusal(frame: Frame, reason: str | None, when: int | None, utc: float) -> str:
    """Return what the door said, with what to do; ``utc``: when it said so, UTC seconds."""
    try:
        known = Reason(reason or "")
    except ValueError:  # a unit of a later version knows a reason that this server does not
        return frame.texts.gettext(N_("The door did not open. Please ask at the desk."))
    clock = Clock(frame.texts.code, frame.site.timezone)
    return said(known, when, clock, utc, frame.site.contact)


def _outcome(texts: Translations, row: Passage) -> tuple[str, str]:
    leaving = row.area_to is None or row.area_to == OUTSIDE
    if row.outcome == "not_taken":
        return texts.gettext(N_("The door opened for you, but you did not go through")), "plain"
    if leaving:
        return texts.gettext(N_("You went out")), "yes"
    return texts.gettext(N_("You came in")), "yes"
