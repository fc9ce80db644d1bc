"""``/operators``: who runs the space, and what each may; one-time links in, never a password."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Any, Final

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response
from sqlalchemy.ext.asyncio import AsyncSession

from loquet_server.identity import mail
from loquet_server.identity.arriving import base_of
from loquet_server.identity.repository import IdentityRepository
from loquet_server.identity.sites import moments_of, site_choices
from loquet_server.models import Operator
from loquet_server.office import Office
from loquet_server.operators import sign_in_page
from loquet_server.operators.account_page import routes as account_routes
from loquet_server.operators.schemas import ChangeForm, InviteForm
from loquet_server.operators.service import OperatorService
from loquet_server.people.refusals import Refused
from loquet_server.web.forms import Typed, typed
from loquet_server.web.i18n import N_, Translations, translations
from loquet_server.web.moments import Moments
from loquet_server.web.pages import Audience, render
from loquet_server.who import PERMISSIONS, Actor, Permission, Role, needs, proved

ROLES: Final = {
    Role.OWNER: (
        N_("Owner"),
        N_("Everything, with settings, operators and the record of changes."),
    ),
    Role.MANAGER: (
        N_("Manager"),
        N_("Members, plans, opening hours, doors, imports and exports. No settings, no operators."),
    ),
    Role.HOST: (
        N_("Host"),
        N_("Welcomes people: members, badges, passes, guests; releases and locks down doors."),
    ),
    Role.INSTALLER: (
        N_("Installer"),
        N_("Units and doors, and trying them out. Sees no member."),
    ),
    Role.READ_ONLY: (
        N_("Read only"),
        N_("Sees states, plans and opening hours. Sees no names and changes nothing."),
    ),
}
DONE: Final = {
    "changed": N_("Saved."),
    "disabled": N_("This account no longer lets anybody in; its sessions have ended."),
    "enabled": N_("This account lets its owner in again."),
}
Writer = Annotated[Actor, proved(Permission.OPERATORS_WRITE)]
Reader = Annotated[Actor, needs(Permission.OPERATORS_WRITE)]


def routes(office: Office) -> APIRouter:
    """Return the routes of operators, of one's own account, and of signing in."""
    router = APIRouter(include_in_schema=False)
    router.include_router(sign_in_page.routes(office))
    router.include_router(account_routes(office))
    router.include_router(_invite_routes(office))
    router.include_router(_act_routes(office))

    @router.get("/operators")
    async def show(request: Request, actor: Reader) -> Response:
        async with office.database.reading() as session:
            repository = IdentityRepository(session)
            values = {
                "operators": await repository.operators(actor.site),
                "waiting": await repository.waiting_codes(office.now_ms()),
                "sites": dict(await site_choices(session, actor)),
                "roles": ROLES,
                "moments": await _moments(office, request),
            }
        return render(request, "operators.html", values)

    @router.get("/operators/{operator}")
    async def one(request: Request, operator: str, actor: Writer, done: str = "") -> Response:
        async with office.database.reading() as session:
            row = await OperatorService(session, actor, office.now_ms()).one(operator)
            form: Typed[Any] = Typed({"name": row.name, "role": row.role, "site": row.site or ""})
            return await _one(office, request, session, actor, row, form, done)

    @router.post("/operators/{operator}")
    async def change(request: Request, operator: str, actor: Writer) -> Response:
        form = await typed(request, ChangeForm, _texts(request))

        async def work(service: OperatorService) -> None:
            assert form.model is not None
            await service.change(await service.one(operator), form.model)

        if form.model is not None and await _tried(office, actor, form, request, work):
            return RedirectResponse(f"/operators/{operator}?done=changed", 303)
        async with office.database.reading() as session:
            row = await OperatorService(session, actor, office.now_ms()).one(operator)
            return await _one(office, request, session, actor, row, form, "", 422)

    return router


def _invite_routes(office: Office) -> APIRouter:
    router = APIRouter()

    @router.get("/operators/new")
    async def ask(request: Request, actor: Writer) -> Response:
        language = Audience.of(request).language
        form: Typed[Any] = Typed({"role": Role.HOST.value, "language": language})
        return await _invitation(office, request, actor, form)

    @router.post("/operators/new")
    async def invite(request: Request, actor: Writer) -> Response:
        form = await typed(request, InviteForm, _texts(request))
        made: list[tuple[Operator, str]] = []

        async def work(service: OperatorService) -> None:
            assert form.model is not None
            made.append(await service.invite(form.model))

        if form.model is None or not await _tried(office, actor, form, request, work):
            return await _invitation(office, request, actor, form, 422)
        return await _link_made(office, request, *made[0])

    return router


def _act_routes(office: Office) -> APIRouter:
    router = APIRouter()

    @router.post("/operators/{operator}/link")
    async def link(request: Request, operator: str, actor: Writer) -> Response:
        async with office.database.with_transaction() as session:
            service = OperatorService(session, actor, office.now_ms())
            row = await service.one(operator)
            secret = await service.link(row)
        return await _link_made(office, request, row, secret)

    @router.post("/operators/{operator}/disable")
    async def disable(request: Request, operator: str, actor: Writer) -> Response:
        form: Typed[Any] = Typed({})

        async def work(service: OperatorService) -> None:
            await service.disable(await service.one(operator))

        if await _tried(office, actor, form, request, work):
            return RedirectResponse(f"/operators/{operator}?done=disabled", 303)
        async with office.database.reading() as session:
            row = await OperatorService(session, actor, office.now_ms()).one(operator)
            form.values = {"name": row.name, "role": row.role, "site": row.site or ""}
            return await _one(office, request, session, actor, row, form, "", 409)

    @router.post("/operators/{operator}/enable")
    async def enable(operator: str, actor: Writer) -> Response:
        async with office.database.with_transaction() as session:
            service = OperatorService(session, actor, office.now_ms())
            await service.enable(await service.one(operator))
        return RedirectResponse(f"/operators/{operator}?done=enabled", 303)

    return router


async def _tried(
    office: Office, actor: Actor, form: Typed[Any], request: Request,
    work: Callable[[OperatorService], Awaitable[None]],
) -> bool:  # fmt: skip
    """Do ``work`` in one transaction; False, with the complaint in the form, if it is refused."""
    try:
        async with office.database.with_transaction() as session:
            await work(OperatorService(session, actor, office.now_ms()))
    except Refused as refused:
        form.complain(refused.field, refused.said(_texts(request)))
        return False
    return True


async def _invitation(
    office: Office, request: Request, actor: Actor, form: Typed[Any], status: int = 200
) -> Response:
    async with office.database.reading() as session:
        values = {"typed": form, "roles": ROLES, "sites": await site_choices(session, actor)}
    return render(request, "operators_new.html", values, status)


async def _one(
    office: Office, request: Request, session: AsyncSession, actor: Actor, row: Operator,
    form: Typed[Any], done: str, status: int = 200,
) -> Response:  # fmt: skip
    texts = _texts(request)
    values = {
        "typed": form,
        "who": row,
        "roles": ROLES,
        "sites": await site_choices(session, actor),
        "may": sorted(PERMISSIONS[Role(row.role)]),
        "done": texts.gettext(DONE[done]) if done in DONE else "",
        "moments": await _moments(office, request),
    }
    return render(request, "operators_one.html", values, status)


async def _link_made(office: Office, request: Request, row: Operator, secret: str) -> Response:
    """Show a link, once; send it too, if we have a mail server."""
    link = f"{base_of(office, request)}/link/{secret}"
    texts = translations(row.language)
    async with office.database.reading() as session:
        server = await mail.load(session, office.keys)
    sent, trouble = False, ""
    if server is not None:
        body = texts.gettext(LETTER) % {"name": row.name, "link": link}
        try:
            await mail.send(server, row.mail, texts.gettext(N_("Your access to Loquet")), body)
            sent = True
        except mail.MailFailed as failure:
            trouble = f"{_texts(request).gettext(failure.text)} {failure.said}".strip()
    values = {"who": row, "link": link, "sent": sent, "trouble": trouble}
    return render(request, "operators_link.html", values)


LETTER: Final = N_(
    "Hello %(name)s,\n\nchoose your password here:\n%(link)s\n\nThe link counts once, and for 72"
    " hours.\n"
)


def _texts(request: Request) -> Translations:
    return translations(Audience.of(request).language)


async def _moments(office: Office, request: Request) -> Moments:
    return await moments_of(office, _texts(request).locale)
