"""``/privacy``: how long data live, the notice for the door, the register; a member's own data."""

from typing import Any, Final

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response
from sqlalchemy.ext.asyncio import AsyncSession

from loquet_server.data_protection import member_page, service
from loquet_server.data_protection.endpoints import Writes
from loquet_server.data_protection.notices import Notices, span
from loquet_server.data_protection.repository import DataProtectionRepository
from loquet_server.data_protection.schemas import PeriodsForm, PrivacyIn, PrivacyOut
from loquet_server.data_protection.words import GROUPS, KIND
from loquet_server.office import Office, OfficeDep, ReadingDep, TransactionDep
from loquet_server.people.frame import Frame
from loquet_server.privacy.kinds import BY_NAME
from loquet_server.web.forms import Typed, typed
from loquet_server.web.i18n import N_, translations
from loquet_server.web.rooms import go

DONE: Final = {
    "changed": N_("Saved. What has had its time goes within the hour."),
    "erased": N_("Erased: nothing that names this person is left, and the badges are dead."),
}
router = APIRouter(include_in_schema=False)


def routes(_office: Office) -> APIRouter:
    """Return the routes of data protection."""
    found = APIRouter(include_in_schema=False)
    found.include_router(router)
    found.include_router(member_page.router)
    return found


@router.get("/privacy")
async def overview(
    request: Request, office: OfficeDep, session: ReadingDep, actor: Writes
) -> HTMLResponse:
    """Show what is kept for how long, what was erased, and what can be printed."""
    frame = await Frame.of(request, office, session, actor)
    setting = await service.shown(session, frame.site.id)
    values = {
        "setting": setting,
        "groups": _groups(frame, setting),
        "purged": _purged(frame, setting),
        "said": frame.said(DONE),
    }
    return frame.show("privacy.html", values)


@router.get("/privacy/periods")
async def periods_page(
    request: Request, office: OfficeDep, session: ReadingDep, actor: Writes
) -> HTMLResponse:
    """Show the form of periods."""
    frame = await Frame.of(request, office, session, actor)
    setting = await service.shown(session, frame.site.id)
    values: dict[str, Any] = {each.kind: each.days for each in setting.periods}
    values |= {"controller": setting.controller, "contact": setting.contact}
    return _form(frame, Typed(values))


@router.post("/privacy/periods")
async def change_periods(
    request: Request, office: OfficeDep, transaction: TransactionDep, actor: Writes
) -> Response:
    """Set periods, or show what is wrong."""
    frame = await Frame.of(request, office, transaction.session, actor)
    given = await typed(request, PeriodsForm, frame.texts)
    if given.model is None:
        return _form(frame, given, 422)
    plain = given.model.model_dump()
    wanted = PrivacyIn(controller=plain.pop("controller"), contact=plain.pop("contact"), days=plain)
    await service.change(office, transaction, actor, frame.site.id, wanted)
    return go("/privacy", "changed")


@router.get("/privacy/notice")
async def notice(
    request: Request, office: OfficeDep, session: ReadingDep, actor: Writes
) -> HTMLResponse:
    """Show the notice for the door in both languages, each on a sheet of its own."""
    frame = await Frame.of(request, office, session, actor)
    setting, made = await _notices(frame, session)
    sheets = [
        (language, translations(language).gettext(_TITLE), made[language].door())
        for language in ("fr", "en")
    ]
    return frame.show("privacy_notice.html", {"setting": setting, "sheets": sheets})


_TITLE: Final = N_("Badges, passages and your data")


@router.get("/privacy/register")
async def register(
    request: Request, office: OfficeDep, session: ReadingDep, actor: Writes
) -> HTMLResponse:
    """Show the register of processing, for printing."""
    frame = await Frame.of(request, office, session, actor)
    setting, made = await _notices(frame, session)
    values = {"setting": setting, "treatments": made[frame.texts.code].register(),
              "site": frame.site}  # fmt: skip
    return frame.show("privacy_register.html", values)


async def _notices(frame: Frame, session: AsyncSession) -> tuple[PrivacyOut, dict[str, Notices]]:
    setting = await service.shown(session, frame.site.id)
    features = await DataProtectionRepository(session).features(frame.site.id)
    return setting, {
        language: Notices(translations(language), setting, features) for language in ("fr", "en")
    }


def _form(frame: Frame, given: Typed[Any], status: int = 200) -> HTMLResponse:
    values = {"form": given, "groups": GROUPS, "kinds": KIND, "bounds": BY_NAME}
    return frame.show("privacy_periods.html", values, status)


def _groups(frame: Frame, setting: PrivacyOut) -> list[tuple[str, list[tuple[str, str, str]]]]:
    """Return each group with its kinds: name, what it is, how long it lives."""
    days = {each.kind: each.days for each in setting.periods}
    t = frame.texts
    return [
        (
            t.gettext(title),
            [
                (t.gettext(KIND[name][0]), t.gettext(KIND[name][1]), span(t, days[name]))
                for name in names
            ],
        )
        for title, names in GROUPS
    ]


def _purged(frame: Frame, setting: PrivacyOut) -> list[tuple[str, int]]:
    t = frame.texts.gettext
    return [
        (t(KIND[name][0]) if name in KIND else name, rows)
        for name, rows in sorted(setting.purged.items())
    ]
