"""Each kind of export: its headers, its lines."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from loquet_server.days import instant, zone
from loquet_server.errors import NotFound
from loquet_server.exports.kinds import Kind
from loquet_server.exports.repository import ExportRepository, Wanted
from loquet_server.models import Action, Site
from loquet_server.web import words
from loquet_server.web.i18n import N_, Translations, translations
from loquet_server.web.sheet import MARK, line

ACTIONS = {
    Kind.MEMBERS: Action.MEMBERS_EXPORTED,
    Kind.BADGES: Action.BADGES_EXPORTED,
    Kind.PASSAGES: Action.PASSAGES_EXPORTED,
    Kind.PASS_USES: Action.PASS_USES_EXPORTED,
}
NAMING = frozenset({Kind.PASSAGES})
"""Logs in which members stand: each is told that somebody took it away."""
_HEADERS = {
    Kind.MEMBERS: (
        N_("Full name"), N_("E-mail"), N_("Telephone"), N_("Kind"), N_("Language"),
        N_("Organisation"), N_("Note"), N_("Plan"), N_("Plan start"), N_("Plan end"),
        N_("Membership start"), N_("Membership end"), N_("Other plans"), N_("Suspended"),
    ),
    Kind.BADGES: (
        N_("Badge label"), N_("Last 4"), N_("State"), N_("Member"), N_("Handed out"),
        N_("Deposit"), N_("Deposit given back"),
    ),
    Kind.PASSAGES: (
        N_("Day"), N_("Time"), N_("Member"), N_("Door"), N_("Area"), N_("Outcome"), N_("Reason"),
    ),
    Kind.PASS_USES: (
        N_("Day"), N_("Half"), N_("Member"), N_("Plan"), N_("Organisation"), N_("To be billed"),
        N_("Given back"), N_("Conflict"),
    ),
}  # fmt: skip
STATES = {
    "stock": N_("in stock"), "handed_out": N_("handed out"), "lost": N_("lost"),
    "returned": N_("returned"), "blocked": N_("blocked"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Frame:
    """How things are written."""

    site: Site
    language: str

    @property
    def texts(self) -> Translations:
        """The texts of the language."""
        return translations(self.language)

    def local(self, ms: int) -> datetime:
        """Return an instant (UTC ms) on the wall clock."""
        return instant(ms).astimezone(zone(self.site.timezone))

    def day(self, ms: int | None) -> str:
        """Return a day, or nothing."""
        return "" if ms is None else self.local(ms).date().isoformat()

    def yes(self, value: object) -> str:
        """Return yes, or nothing."""
        return self.texts.gettext("yes") if value else ""


async def lines(
    session: AsyncSession, kind: Kind, wanted: Wanted, language: str
) -> AsyncIterator[str]:
    """Yield an export as text, line by line; raise NotFound where there is no such site."""
    repository = ExportRepository(session)
    site = await repository.site(wanted.site)
    if site is None:
        raise NotFound(f"there is no site {wanted.site!r}")
    frame = Frame(site, language)
    yield MARK + line([frame.texts.gettext(each) for each in _HEADERS[kind]], language)
    async for cells in await _CELLS[kind](repository, wanted, frame):
        yield line(cells, language)


Cells = AsyncIterator[list[object]]


async def _members(repository: ExportRepository, wanted: Wanted, frame: Frame) -> Cells:
    plans = await repository.plans(wanted.site)
    years = await repository.memberships(wanted.site)

    async def cells() -> Cells:
        async for row in repository.members(wanted):
            holder = row.Holder
            first, *others = plans.get(holder.id, []) or [None]
            year = years.get(holder.id)
            yield [
                holder.name, holder.mail, holder.phone, holder.kind, holder.language,
                row.organisation, holder.note,
                None if first is None else _plan(first, frame),
                None if first is None else first.Subscription.starts_on,
                None if first is None else first.Subscription.ends_on,
                None if year is None else year.starts_on,
                None if year is None else year.ends_on,
                ", ".join(_plan(each, frame) for each in others),
                frame.yes(holder.suspended),
            ]  # fmt: skip

    return cells()


async def _badges(repository: ExportRepository, wanted: Wanted, frame: Frame) -> Cells:
    async def cells() -> Cells:
        async for row in repository.badges(wanted):
            badge = row.Credential
            state = STATES.get(badge.status)
            yield [
                badge.label, badge.last4, frame.texts.gettext(state) if state else badge.status,
                row.member, frame.day(badge.handed_out_at),
                f"{badge.deposit_cents / 100:.2f}" if badge.deposit_cents else "",
                frame.day(badge.deposit_back_at),
            ]  # fmt: skip

    return cells()


async def _passages(repository: ExportRepository, wanted: Wanted, frame: Frame) -> Cells:
    async def cells() -> Cells:
        async for row in repository.passages(wanted):
            passage = row.Passage
            local = frame.local(passage.at)
            yield [
                local.date().isoformat(), local.strftime("%H:%M:%S"), row.member,
                row.door_name or passage.door, row.area_name or passage.area_to,
                words.word(frame.texts, "outcome", passage.outcome),
                words.reason(frame.language, passage.reason),
            ]  # fmt: skip

    return cells()


async def _pass_uses(repository: ExportRepository, wanted: Wanted, frame: Frame) -> Cells:
    async def cells() -> Cells:
        async for row in repository.pass_uses(wanted):
            use = row.PassUse
            yield [
                use.day, use.half, row.member, _plan(row, frame), row.organisation,
                frame.yes(use.billed), frame.day(use.refunded_at), use.conflict,
            ]  # fmt: skip

    return cells()


def _plan(row: Any, frame: Frame) -> str:
    name = row.Plan.name_fr if frame.language == "fr" else row.Plan.name_en
    return str(name)


_CELLS: dict[Kind, Callable[[ExportRepository, Wanted, Frame], Awaitable[Cells]]] = {
    Kind.MEMBERS: _members,
    Kind.BADGES: _badges,
    Kind.PASSAGES: _passages,
    Kind.PASS_USES: _pass_uses,
}
