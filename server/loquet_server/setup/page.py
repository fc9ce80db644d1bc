"""``/setup``: a one-time code, the first owner, then the space and how it is reached."""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from loquet_server.errors import NotFound, TooMany
from loquet_server.identity.arriving import caller, judge, secure, waiting, welcome
from loquet_server.identity.sessions import begin
from loquet_server.identity.signing_in import count_setup, forget_setup
from loquet_server.office import Office
from loquet_server.setup import settings_page, step_page
from loquet_server.setup.schemas import CodeForm, OwnerForm
from loquet_server.setup.service import CLOSED, SetupService
from loquet_server.web.forms import Typed, typed
from loquet_server.web.i18n import N_, Translations, translations
from loquet_server.web.pages import Audience, render
from loquet_server.who import Actor, Permission, needs

Owner = Annotated[Actor, needs(Permission.SETTINGS_WRITE)]
COOKIE: Final = "loquet_setup"
COOKIE_SECONDS: Final = 3600
WRONG: Final = N_("This is not the code that the server printed last.")


def routes(office: Office) -> APIRouter:
    """Return the routes of the first start and of the settings."""
    router = APIRouter(include_in_schema=False)
    router.include_router(_owner_routes(office))
    router.include_router(step_page.routes(office))
    router.include_router(settings_page.routes(office))

    @router.get("/setup")
    async def begin_or_go_on(request: Request) -> Response:
        async with office.database.reading() as session:
            service = SetupService(session, office.now_ms())
            pending, step = await service.pending(), await service.next_step()
        actor = request.state.actor
        if actor is not None and actor.may(Permission.SETTINGS_WRITE):
            return RedirectResponse(f"/setup/{step}" if step else "/settings", 303)
        if pending:
            return render(request, "setup_code.html", {"typed": Typed({}), "problem": ""})
        return RedirectResponse("/login", 303)

    @router.post("/setup")
    async def code(request: Request) -> Response:
        texts = _texts(request)
        form = await typed(request, CodeForm, texts)
        problem, status = texts.gettext(WRONG), 422
        if form.model is not None:
            try:
                if await _right(office, request, form.model.code):
                    answer = RedirectResponse("/setup/owner", 303)
                    answer.set_cookie(
                        _cookie(request), form.model.code, max_age=COOKIE_SECONDS, path="/",
                        httponly=True, secure=secure(request), samesite="strict",
                    )  # fmt: skip
                    return answer
            except TooMany as error:
                problem, status = waiting(error, texts.gettext), 429
        return render(request, "setup_code.html", {"typed": form, "problem": problem}, status)

    return router


def _owner_routes(office: Office) -> APIRouter:
    router = APIRouter()

    @router.get("/setup/owner")
    async def ask(request: Request) -> Response:
        if not await _known(office, request):
            return RedirectResponse("/setup", 303)
        form: Typed[Any] = Typed({"language": Audience.of(request).language})
        return render(request, "setup_owner.html", {"typed": form})

    @router.post("/setup/owner")
    async def make(request: Request) -> Response:
        if not await _known(office, request):
            return RedirectResponse("/setup", 303)
        texts = _texts(request)
        form = await typed(request, OwnerForm, texts)
        asked = form.model
        if asked is not None:
            wrong = judge(asked.password, asked.again, [asked.name, asked.mail])
            if wrong is not None:
                form.complain(wrong[0], texts.gettext(wrong[1]))
        if form.model is None or asked is None:
            return render(request, "setup_owner.html", {"typed": form}, 422)
        return await _owned(office, request, asked)

    return router


async def _owned(office: Office, request: Request, asked: OwnerForm) -> Response:
    kept, now = await office.passwords.hash(asked.password), office.now_ms()
    code = request.cookies.get(_cookie(request), "")
    async with office.database.with_transaction() as session:
        row = await SetupService(session, now).own(asked, code, kept)
        secret = await begin(session, row, now, caller(request).browser)
    answer = await welcome(office, request, row, secret, "/setup/space")
    answer.delete_cookie(
        _cookie(request), path="/", httponly=True, secure=secure(request), samesite="strict"
    )
    return answer


async def _right(office: Office, request: Request, code: str) -> bool:
    """Count an attempt, then look whether the code is right; raise TooMany or NotFound."""
    now = office.now_ms()
    attempt = await count_setup(office.database, caller(request).address, now)
    async with office.database.reading() as session:
        service = SetupService(session, now)
        if not await service.pending():
            raise NotFound(CLOSED)
        right = await service.right(code)
    if right:
        await forget_setup(office.database, attempt)
    return right


async def _known(office: Office, request: Request) -> bool:
    """Return True if this browser has shown the code that counts now; raise TooMany."""
    code = request.cookies.get(_cookie(request), "")
    try:
        return bool(code) and await _right(office, request, code)
    except NotFound:
        return False


def _cookie(request: Request) -> str:
    return f"__Host-{COOKIE}" if secure(request) else COOKIE


def _texts(request: Request) -> Translations:
    return translations(Audience.of(request).language)
