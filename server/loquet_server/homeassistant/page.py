"""``/settings/homeassistant``: its broker, and whether doors may be released from there."""

import ipaddress
from typing import Annotated, Any, Final

from fastapi import APIRouter, Request
from fastapi.responses import Response

from loquet_server.homeassistant.bridge import NOUN, Bridge
from loquet_server.homeassistant.schemas import IN_CLEAR, Home, HomeForm
from loquet_server.homeassistant.service import load, store
from loquet_server.hosts import is_address
from loquet_server.ledger import record
from loquet_server.models import Action
from loquet_server.office import Office, OfficeDep, ReadingDep, TransactionDep
from loquet_server.timetable.space import Space, space_of
from loquet_server.web.forms import Typed, typed
from loquet_server.web.i18n import N_
from loquet_server.web.rooms import go
from loquet_server.who import Actor, Permission, needs

router = APIRouter(include_in_schema=False)
Owner = Annotated[Actor, needs(Permission.SETTINGS_WRITE)]
PATH: Final = "/settings/homeassistant"
DONE: Final = {
    "on": N_("Saved. Devices appear in Home Assistant within seconds."),
    "off": N_("Saved. Everything was taken out of Home Assistant."),
}
NAMES: Final = ("enabled", "host", "port", "tls", "user", "prefix", "commands")


def routes(_office: Office) -> APIRouter:
    """Return the routes of Home Assistant's settings."""
    return router


@router.get(PATH)
async def show(request: Request, office: OfficeDep, session: ReadingDep, actor: Owner) -> Response:
    """Show the form, and how the connection fares."""
    home = await load(session, office.keys)
    space = await space_of(request, session, office, actor, _own(home, actor))
    shown = {"port": 1883, "prefix": "homeassistant"}
    given: Typed[Any] = Typed(shown if home is None else {n: getattr(home, n) for n in NAMES})
    return _page(space, office, given, home)


@router.post(PATH)
async def save(
    request: Request, office: OfficeDep, transaction: TransactionDep, actor: Owner
) -> Response:
    """Keep the settings; the bridge follows at once."""
    session = transaction.session
    before = await load(session, office.keys)
    space = await space_of(request, session, office, actor, _own(before, actor))
    given = await typed(request, HomeForm, space.texts)
    found = given.model
    if found is not None and _in_clear(found, before):
        given.complain("tls", space.texts.gettext(IN_CLEAR))
    if found is None or given.model is None:
        return _page(space, office, given, before, 422)
    await store(session, office.keys, Home(space.site.id, **found.model_dump()))
    now = office.now_ms()
    record(
        session, Action.SETTING_CHANGED, NOUN, now, actor=actor.name, site=space.site.id,
        detail={"host": found.host, "enabled": found.enabled, "commands": found.commands},
    )  # fmt: skip
    transaction.after.tell(office, space.site.id, NOUN, "settings", now)
    return go(PATH, "on" if found.enabled else "off")


def _own(home: Home | None, actor: Actor) -> str | None:
    """Return the site that it is set up for, if it is the actor's to see."""
    return home.site if home is not None and actor.sees(home.site) else None


def _in_clear(found: HomeForm, before: Home | None) -> bool:
    """True if a password would cross a network that anybody may listen to."""
    password = found.password or (before.password if before is not None else "")
    return bool(password) and not found.tls and not _near(found.host)


def _near(host: str) -> bool:
    """True for names and addresses of the local network: few brokers there speak TLS."""
    if is_address(host):
        return ipaddress.ip_address(host).is_private
    return "." not in host or host.lower().endswith((".local", ".lan", ".home", ".home.arpa"))


def _page(
    space: Space, office: Office, given: Typed[Any], home: Home | None, status: int = 200
) -> Response:
    bridge = office.home
    values: dict[str, Any] = {
        "typed": given,
        "kept": home,
        "bridged": bridge is not None,
        "online": None if bridge is None else bridge.online,
        "problem": bridge.problem if isinstance(bridge, Bridge) else "",
        "done": space.said(DONE),
    }
    return space.page("homeassistant.html", values, status)
