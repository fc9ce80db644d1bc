"""``/settings``: where everything about the server itself is found."""

from typing import Annotated, Final

from fastapi import APIRouter, Request
from fastapi.responses import Response

from loquet_server.identity import mail
from loquet_server.office import Office
from loquet_server.setup.repository import SetupRepository
from loquet_server.setup.service import SetupService
from loquet_server.web.i18n import N_, translations
from loquet_server.web.pages import Audience, render
from loquet_server.who import Actor, Permission, needs

Own = Annotated[Actor, needs(Permission.SELF)]
DONE: Final = {
    "saved": N_("Saved."),
    "setup": N_("The set-up is done. Next: plans, opening hours, members and doors."),
}
PLACES: Final = (
    ("/space", N_("Space"), N_("Name, address, time zone, holidays."), Permission.SETTINGS_WRITE),
    (
        "/setup/reach",
        N_("Address of the pages"),
        N_("Https, by a certificate of your own or a reverse proxy."),
        Permission.SETTINGS_WRITE,
    ),
    (
        "/setup/hosting",
        N_("Address for units"),
        N_("On site or hosted: where units find this server."),
        Permission.SETTINGS_WRITE,
    ),
    (
        "/setup/mail",
        N_("Mail"),
        N_("The server that sends invitations."),
        Permission.SETTINGS_WRITE,
    ),
    (
        "/operators",
        N_("Operators"),
        N_("Who runs the space, and what each may."),
        Permission.OPERATORS_WRITE,
    ),
    ("/audit", N_("Record of changes"), N_("Who changed what, and when."), Permission.AUDIT_READ),
    (
        "/privacy",
        N_("Privacy"),
        N_("How long data are kept, notice for the door, register."),
        Permission.PRIVACY_WRITE,
    ),
    ("/imports", N_("Imports"), N_("Members from a spreadsheet."), Permission.DATA_IMPORT),
    ("/account", N_("Your account"), N_("Name, language, password, sessions."), Permission.SELF),
    ("/account/tokens", N_("API tokens"), N_("Keys for programs."), Permission.SELF),
    (
        "/notices",
        N_("Notices"),
        N_("Who is on call, and how they are told."),
        Permission.LIVE_READ,
    ),
    (
        "/hooks",
        N_("Webhooks"),
        N_("Programs that are told when something happens."),
        Permission.HOOKS_WRITE,
    ),
    (
        "/settings/homeassistant",
        N_("Home Assistant"),
        N_("Doors, desks and counts for home automation."),
        Permission.SETTINGS_WRITE,
    ),
    (
        "/settings/spaceapi",
        N_("Public state"),
        N_("Open or closed, for maps and your website."),
        Permission.SETTINGS_WRITE,
    ),
    (
        "/screens",
        N_("Screens"),
        N_("How full it is, on a screen at the entrance."),
        Permission.UNITS_WRITE,
    ),
    (
        "/showing",
        N_("On your website"),
        N_("How full it is, in a word, for everybody."),
        Permission.SETTINGS_WRITE,
    ),
    ("/api/docs", N_("API"), N_("What programs can ask for."), Permission.LIVE_READ),
)
"""Address, name, what for, and the permission it takes."""


def routes(office: Office) -> APIRouter:
    """Return the route of the settings."""
    router = APIRouter()

    @router.get("/settings")
    async def show(request: Request, actor: Own, done: str = "") -> Response:
        texts = translations(Audience.of(request).language)
        async with office.database.reading() as session:
            site = await SetupRepository(session).site()
            step = await SetupService(session, office.now_ms()).next_step()
            known = await mail.load(session, office.keys) is not None
        values = {
            "places": [
                (path, texts.gettext(name), texts.gettext(what))
                for path, name, what, permission in PLACES
                if actor.may(permission) and (actor.operator or not path.startswith("/account"))
            ],
            "site": site,
            "step": step if actor.may(Permission.SETTINGS_WRITE) else None,
            "mail_known": known,
            "done": texts.gettext(DONE[done]) if done in DONE else "",
        }
        return render(request, "settings.html", values)

    return router
