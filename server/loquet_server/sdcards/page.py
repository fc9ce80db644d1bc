"""``/units/card``: the files that make a blank SD card a unit."""

import secrets
from typing import Annotated, Any, Final

from fastapi import APIRouter, Request
from fastapi.responses import Response
from sqlalchemy.ext.asyncio import AsyncSession

from loquet_server.admission.reachable import Unreachable, check_reachable
from loquet_server.admission.tokens import DAYS, AdoptionTokens
from loquet_server.ledger import record
from loquet_server.models import Action
from loquet_server.office import Office, OfficeDep, ReadingDep, TransactionDep
from loquet_server.sdcards import card, firmware, words
from loquet_server.sdcards.archive import packed
from loquet_server.sdcards.downloads import downloads
from loquet_server.sdcards.schemas import CardForm
from loquet_server.sdcards.wheel import unit_wheel
from loquet_server.timetable.space import Space, space_of
from loquet_server.web.forms import Typed, typed
from loquet_server.web.i18n import N_
from loquet_server.who import Actor, Permission, needs

Writes = Annotated[Actor, needs(Permission.UNITS_WRITE)]
SSID_MISSING: Final = N_("Please write the name of the Wi-Fi network.")
PASSPHRASE_MISSING: Final = N_("Please write the passphrase of the network. It is not kept here.")
NOT_AS_KEY: Final = N_("A WPA3 network wants the passphrase itself, not a key of 64 digits.")
NOWHERE: Final = N_(
    "No unit could reach this server yet: whoever runs it has to set LOQUET_ADDRESS and"
    " LOQUET_BROKER_PUBLIC_HOST to what units can reach, such as http://loquet.lan:8000."
)
ONLY_HERE: Final = N_(
    "For now this server is told to be reached from its own machine only, so that no other unit"
    " will find it: whoever runs it has to write, on the page Address for units or as"
    " LOQUET_ADDRESS, what units can reach."
)
_NO_STORE: Final = {"cache-control": "no-store"}
router = APIRouter(include_in_schema=False)


def routes(_office: Office) -> APIRouter:
    """Return the routes of SD cards."""
    return router


@router.get("/units/card")
async def ask_page(
    request: Request, office: OfficeDep, session: ReadingDep, actor: Writes
) -> Response:
    """Ask what the card is for."""
    space = await space_of(request, session, office, actor)
    return _asked(office, space, Typed(words.begun(space.site)))


@router.post("/units/card")
async def make(
    request: Request, office: OfficeDep, transaction: TransactionDep, actor: Writes
) -> Response:
    """Return the card's files as a zip; what opens the Wi-Fi is written there and nowhere else."""
    session = transaction.session
    space = await space_of(request, session, office, actor)
    given = await typed(request, CardForm, space.texts)
    form = given.model
    if form is not None:
        for name, text in _joined(form):
            given.complain(name, space.texts.gettext(text))
    if form is None or given.complaints:
        return _asked(office, space, given, 422)
    if _reach(office) == NOWHERE:
        return _asked(office, space, given, 409)
    token = await _token(office, session, space, form)
    files = card.files(form, f"loquet-{form.host}-{secrets.token_hex(4)}", token)
    name, wheel = unit_wheel()
    raw = packed(files | {f"{card.FOLDER}/wheels/{name}": wheel})
    headers = _NO_STORE | {"content-disposition": f'attachment; filename="{form.host}-sd-card.zip"'}
    return Response(raw, media_type="application/zip", headers=headers)


def _joined(form: CardForm) -> list[tuple[str, str]]:
    """Return what does not fit together: field and complaint."""
    if form.network != "wifi":
        return []
    found = [] if form.ssid else [("ssid", SSID_MISSING)]
    if not form.passphrase:
        found.append(("passphrase", PASSPHRASE_MISSING))
    elif form.wpa == "wpa3" and len(form.passphrase) == 64:
        found.append(("passphrase", NOT_AS_KEY))
    return found


def _reach(office: Office) -> str:
    """Return why units could not come to us; mostly nothing."""
    try:
        return ONLY_HERE if check_reachable(office.settings) else ""
    except Unreachable:
        return NOWHERE


async def _token(office: Office, session: AsyncSession, space: Space, form: CardForm) -> str:
    """Return the token of a card, empty for one that looks around; the record says either."""
    now = office.now_ms()
    if form.way == "token":
        tokens = AdoptionTokens(session, office.settings, office.keys)
        return (await tokens.issue(space.site.id, space.actor, now)).text
    who = space.actor.name
    record(session, Action.UNIT_CARD_MADE, form.host, now, actor=who, site=space.site.id)
    return ""


def _asked(office: Office, space: Space, given: Typed[CardForm], status: int = 200) -> Response:
    reach = _reach(office)
    values: dict[str, Any] = {
        "nowhere": reach == NOWHERE,
        "reach": space.texts.gettext(reach) if reach else "",
        "days": DAYS,
        "typed": given,
        "models": words.models(),
        "countries": words.countries(space.texts.locale),
        "zones": words.zones(),
        "clocks": words.clocks(space.texts),
        "downloads": downloads(),
        "lines": firmware.boot_lines(uart=True, rtc="none"),
    }
    return space.page("sdcards_new.html", values, status)
