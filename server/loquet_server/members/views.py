"""What pages show of members, in the words and days of one language."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from loquet_server.members.repository import SOON, Summary
from loquet_server.models import Credential, Holder, Membership, Passage, Plan, Subscription
from loquet_server.people.frame import Frame, local_day
from loquet_server.people.text import in_language
from loquet_server.web import words
from loquet_server.web.i18n import N_

KINDS = {
    "member": N_("Member"),
    "guest": N_("Guest"),
    "staff": N_("Staff"),
    "volunteer": N_("Volunteer"),
}
STATES = {
    "active": N_("all who are here"),
    "ending": N_("ending soon"),
    "without_badge": N_("without a badge"),
    "suspended": N_("suspended"),
    "archived": N_("archived"),
}
LANGUAGES = {"fr": "Français", "en": "English"}
DONE = {
    "created": N_("The member is written down. What comes next: a plan, and a badge."),
    "changed": N_("The changes are saved."),
    "suspended": N_("Suspended: the doors are told at once."),
    "restored": N_("Restored: the badges count again."),
    "archived": N_("Archived: the badges open nothing any more."),
    "unarchived": N_("Taken back from the archive."),
    "renewed": N_("The membership is renewed for a year."),
    "ahead": N_("This membership lasts for more than a year already: nothing was added."),
    "membership": N_("The membership is written down."),
    "paid": N_("Noted as paid today."),
    "removed": N_("The membership is removed."),
}


@dataclass(frozen=True, slots=True)
class Line:
    """One member in a list."""

    holder: Holder
    kind: str
    organisation: str
    plans: tuple[str, ...]
    until: str
    until_state: str
    badges: int


@dataclass(frozen=True, slots=True)
class Year:
    """One year's membership."""

    row: Membership
    starts: str
    ends: str
    paid: str
    state: str
    """past, now or coming."""


@dataclass(frozen=True, slots=True)
class PlanLine:
    """A plan that somebody has, and from when to when."""

    name: str
    starts: str
    ends: str
    state: str
    """now, soon (it ends within a month) or coming."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """One refusal at a door."""

    id: int
    at: int
    door: str
    reason: str


def lines(
    frame: Frame,
    holders: Sequence[Holder],
    summaries: Mapping[str, Summary],
    organisations: Mapping[str, str],
) -> list[Line]:
    """Return members as a list shows them."""
    found = []
    for holder in holders:
        summary = summaries[holder.id]
        found.append(
            Line(
                holder,
                "" if holder.kind == "member" else frame.texts.gettext(KINDS[holder.kind]),
                organisations.get(holder.organisation or "", ""),
                tuple(_name(frame, plan) for plan, _ in summary.plans),
                frame.day(summary.membership_until),
                end_state(summary.membership_until, frame.today),
                summary.badges,
            )
        )
    return found


def _name(frame: Frame, plan: Plan) -> str:
    return in_language(plan.name_fr, plan.name_en, frame.texts)


def end_state(ends_on: str | None, today: date) -> str:
    """Return over, soon or good for a last day; nothing for none."""
    if ends_on is None:
        return ""
    last = date.fromisoformat(ends_on)
    if last < today:
        return "over"
    return "soon" if last - today < SOON else "good"


def years(frame: Frame, rows: Sequence[Membership]) -> list[Year]:
    """Return memberships as the page shows them."""
    today = frame.today.isoformat()
    return [
        Year(
            row,
            frame.day(row.starts_on),
            frame.day(row.ends_on),
            frame.day(row.paid_on),
            "past" if row.ends_on < today else "coming" if row.starts_on > today else "now",
        )
        for row in rows
    ]


def plans(frame: Frame, rows: Sequence[tuple[Plan, Subscription]]) -> list[PlanLine]:
    """Return the plans that somebody has as the page shows them."""
    today = frame.today
    return [
        PlanLine(
            _name(frame, plan),
            frame.day(row.starts_on),
            frame.day(row.ends_on),
            "coming" if row.starts_on > today.isoformat() else end_state(row.ends_on, today),
        )
        for plan, row in rows
    ]


def refusals(frame: Frame, rows: Sequence[tuple[Passage, str]]) -> list[Refusal]:
    """Return refusals in words."""
    code = frame.texts.code
    return [
        Refusal(row.id, row.at, door, words.reason(code, row.reason or "")) for row, door in rows
    ]


def access_days(frame: Frame, holder: Holder) -> tuple[str, str]:
    """Return the first and the last day that somebody may come at all, in words."""
    zone = frame.site.timezone
    first, until = holder.valid_from, holder.valid_until
    return (
        "" if first is None else frame.day(local_day(first * 1000, zone).isoformat()),
        "" if until is None else frame.day(local_day(until * 1000 - 1, zone).isoformat()),
    )


def badge_line(badges: Sequence[Credential]) -> tuple[list[Credential], list[Credential]]:
    """Return badges that somebody has, and those that they had."""
    now = [each for each in badges if each.status == "handed_out"]
    return now, [each for each in badges if each.status != "handed_out"]
