"""``/setup/space``, ``/setup/reach``, ``/setup/hosting``: each step saved by itself."""

from datetime import UTC, datetime
from typing import Annotated, Any, Final

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from loquet_server.departments import DEPARTMENTS, ZONE_OF
from loquet_server.hosts import host_of, is_loopback
from loquet_server.identity.preferences import HOSTING, REACH, applied, fixed, keep
from loquet_server.identity.repository import IdentityRepository
from loquet_server.ledger import record
from loquet_server.models import Action
from loquet_server.office import Office
from loquet_server.setup import mail_page
from loquet_server.setup.certificate import trouble
from loquet_server.setup.repository import SetupRepository
from loquet_server.setup.schemas import TIMEZONES, HostingForm, ReachForm, SpaceForm
from loquet_server.setup.service import STEPS, SetupService
from loquet_server.web.forms import Typed, typed
from loquet_server.web.i18n import N_, Translations, translations
from loquet_server.web.pages import Audience, render
from loquet_server.who import Actor, Permission, needs

Owner = Annotated[Actor, needs(Permission.SETTINGS_WRITE)]
NEEDED: Final = N_("Please fill this in.")


def routes(office: Office) -> APIRouter:
    """Return the routes of the steps after the owner's."""
    router = APIRouter(include_in_schema=False)
    router.include_router(mail_page.routes(office))
    router.include_router(_space_routes(office))
    router.include_router(_reach_routes(office))
    router.include_router(_hosting_routes(office))

    @router.post("/setup/{step}/skip")
    async def skip(step: str, actor: Owner) -> Response:
        async with office.database.with_transaction() as session:
            service = SetupService(session, office.now_ms())
            if step in STEPS:
                await service.passed(step, actor)
            following = await service.next_step()
        return RedirectResponse(f"/setup/{following}" if following else "/settings?done=setup", 303)

    return router


def _space_routes(office: Office) -> APIRouter:
    router = APIRouter()

    @router.get("/setup/space")
    async def ask(request: Request, actor: Owner) -> Response:
        async with office.database.reading() as session:
            site = await SetupRepository(session).site()
        names = SpaceForm.model_fields
        values = {name: getattr(site, name) for name in names} if site is not None else {}
        return _space(request, Typed({"timezone": "Europe/Paris"} | values))

    @router.post("/setup/space")
    async def save(request: Request, actor: Owner) -> Response:
        texts = _texts(request)
        form = await typed(request, SpaceForm, texts)
        asked = form.model
        if asked is None:
            return _space(request, form, 422)
        if not asked.school_zone:
            asked.school_zone = ZONE_OF.get(asked.department, "")
        async with office.database.with_transaction() as session:
            service = SetupService(session, office.now_ms())
            site = await service.space(asked, actor, texts)
            await session.flush()
            found = await office.policies.advance_site(session, site.id, office.now_ms())
            following = await _passed(service, "space", actor)
        office.space_names.forget()
        office.publish(found)
        return RedirectResponse(following, 303)

    return router


def _reach_routes(office: Office) -> APIRouter:
    router = APIRouter()

    @router.get("/setup/reach")
    async def ask(request: Request, actor: Owner) -> Response:
        kept = await _kept(office, REACH)
        settings = office.settings
        values = {
            "kind": "certificate" if settings.secure else "proxy" if settings.proxies else "here",
            "public_url": settings.public_url,
            "trusted_proxies": settings.trusted_proxies or "127.0.0.1",
        }
        return _reach(office, request, Typed(values | kept))

    @router.post("/setup/reach")
    async def save(request: Request, actor: Owner) -> Response:
        texts = _texts(request)
        form = await typed(request, ReachForm, texts)
        if form.model is not None:
            _check_reach(form, form.model, texts)
        asked = form.model
        if asked is None:
            return _reach(office, request, form, 422)
        value: dict[str, Any] = {"kind": asked.kind}
        if asked.kind != "here":
            value["public_url"] = asked.public_url
        if asked.kind == "proxy":
            value["trusted_proxies"] = asked.trusted_proxies
        if asked.kind == "certificate":
            value |= {"tls_certificate": asked.tls_certificate, "tls_key": asked.tls_key}
        return RedirectResponse(await _set(office, actor, REACH, value, "reach"), 303)

    return router


def _check_reach(form: Typed[ReachForm], asked: ReachForm, texts: Translations) -> None:
    needed = {
        "here": (),
        "proxy": ("public_url", "trusted_proxies"),
        "certificate": ("public_url", "tls_certificate", "tls_key"),
    }[asked.kind]
    for name in needed:
        if not getattr(asked, name):
            form.complain(name, texts.gettext(NEEDED))
    if asked.kind == "certificate" and form.model is not None:
        wrong = trouble(
            asked.tls_certificate, asked.tls_key, host_of(asked.public_url), datetime.now(UTC)
        )
        if wrong is not None:
            form.complain(wrong[0], texts.gettext(wrong[1]))


def _hosting_routes(office: Office) -> APIRouter:
    router = APIRouter()

    @router.get("/setup/hosting")
    async def ask(request: Request, actor: Owner) -> Response:
        kept = await _kept(office, HOSTING)
        settings = office.settings
        values = {
            "kind": "on_site",
            "address": settings.public_url or settings.own_address,
            "broker_public_host": settings.broker_public_host,
        }
        return _hosting(office, request, Typed(values | kept))

    @router.post("/setup/hosting")
    async def save(request: Request, actor: Owner) -> Response:
        form = await typed(request, HostingForm, _texts(request))
        if form.model is None:
            return _hosting(office, request, form, 422)
        value = form.model.model_dump()
        value["broker_public_host"] = value["broker_public_host"] or host_of(value["address"])
        return RedirectResponse(await _set(office, actor, HOSTING, value, "hosting"), 303)

    return router


async def _set(office: Office, actor: Actor, name: str, value: dict[str, Any], step: str) -> str:
    """Keep a preference, let it count at once, and return where to go on."""
    async with office.database.with_transaction() as session:
        await keep(session, name, value)
        record(
            session, Action.SETTING_CHANGED, name, office.now_ms(), actor=actor.name, detail=value
        )
        following = await _passed(SetupService(session, office.now_ms()), step, actor)
        await session.flush()
        preferences = await IdentityRepository(session).preferences()
    office.settings = applied(office.settings, preferences)
    return following


async def _passed(service: SetupService, step: str, actor: Actor) -> str:
    """Note a step; return the address of the next, or of the settings if all are seen to."""
    before = await service.next_step()
    await service.passed(step, actor)
    following = await service.next_step()
    if before is None:
        return "/settings?done=saved"
    return f"/setup/{following}" if following else "/settings?done=setup"


async def _kept(office: Office, name: str) -> dict[str, Any]:
    async with office.database.reading() as session:
        row = await IdentityRepository(session).preference(name)
    return dict(row.value or {}) if row is not None else {}


def _space(request: Request, form: Typed[Any], status: int = 200) -> Response:
    values = {
        "typed": form,
        "timezones": [(each, each) for each in TIMEZONES],
        "departments": [(code, f"{code} {name}") for code, name in DEPARTMENTS.items()],
        "step": "space",
    }
    return render(request, "setup_space.html", values, status)


def _reach(office: Office, request: Request, form: Typed[Any], status: int = 200) -> Response:
    fixed_by = fixed(office.settings, REACH)
    values = {"typed": form, "step": "reach", "fixed": ", ".join(fixed_by),
              "port": office.settings.port}  # fmt: skip
    return render(request, "setup_reach.html", values, status)


def _hosting(office: Office, request: Request, form: Typed[Any], status: int = 200) -> Response:
    values = {
        "typed": form,
        "step": "hosting",
        "fixed": ", ".join(fixed(office.settings, HOSTING)),
        "broker_here": is_loopback(office.settings.broker_host),
    }
    return render(request, "setup_hosting.html", values, status)


def _texts(request: Request) -> Translations:
    return translations(Audience.of(request).language)
