"""``/login``, ``/logout``, ``/link/...``: into an account, and out of it."""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from loquet_server.errors import NotFound, TooMany
from loquet_server.identity.arriving import caller, judge, safe, secure, waiting, welcome
from loquet_server.identity.repository import IdentityRepository
from loquet_server.identity.sessions import begin, clear_cookie
from loquet_server.identity.signing_in import SignIn
from loquet_server.ledger import record
from loquet_server.models import Action
from loquet_server.office import Office
from loquet_server.operators.schemas import NewPasswordForm, SignInForm
from loquet_server.operators.service import OperatorService, by_link
from loquet_server.web.forms import Typed, typed
from loquet_server.web.i18n import N_, translations
from loquet_server.web.pages import Audience, render
from loquet_server.who import Actor, ActorDep, Role

WRONG = N_("Mail address or password is wrong.")
DEAD = N_("This link does not count: it was used, or is older than 72 hours. Ask for a new one.")


def routes(office: Office) -> APIRouter:
    """Return the routes for those who have not signed in."""
    router = APIRouter(include_in_schema=False)
    router.include_router(_link_routes(office))

    @router.get("/login")
    async def ask(request: Request, next: str = "/", done: str = "") -> Response:
        actor = request.state.actor
        if actor is not None and actor.session is not None:
            return RedirectResponse(safe(next), 303)
        async with office.database.reading() as session:
            if not await IdentityRepository(session).owners():
                return RedirectResponse("/setup", 303)
        values = {"typed": Typed({}), "next": safe(next), "problem": "", "done": done}
        return render(request, "login.html", values)

    @router.post("/login")
    async def enter(request: Request, next: Annotated[str, Form()] = "/") -> Response:
        texts = translations(Audience.of(request).language)
        form = await typed(request, SignInForm, texts)
        problem, status = texts.gettext(WRONG), 422
        if form.model is not None:
            try:
                found = await SignIn(office.database, office.passwords, office.now_ms()).enter(
                    form.model.mail, form.model.password, caller(request)
                )
            except TooMany as error:
                problem, status = waiting(error, texts.gettext), 429
            else:
                if found is not None:
                    return await welcome(office, request, *found, safe(next))
        values = {"typed": form, "next": safe(next), "problem": problem, "done": ""}
        return render(request, "login.html", values, status)

    @router.post("/logout")
    async def leave(request: Request, actor: ActorDep) -> Response:
        if actor.session is not None and actor.operator is not None:
            async with office.database.with_transaction() as session:
                await IdentityRepository(session).end_sessions(actor.operator, only=actor.session)
                record(
                    session, Action.OPERATOR_SIGNED_OUT, actor.operator, office.now_ms(),
                    actor=actor.name, site=actor.site, detail={"name": actor.name},
                )  # fmt: skip
        answer = RedirectResponse("/login?done=out", 303)
        clear_cookie(answer, secure=secure(request))
        answer.headers["clear-site-data"] = '"cache", "storage"'  # lists kept on the device
        return answer

    return router


def _link_routes(office: Office) -> APIRouter:
    """Routes of links by which somebody chooses a password."""
    router = APIRouter()

    @router.get("/link/{code}")
    async def show(request: Request, code: str) -> Response:
        async with office.database.reading() as session:
            try:
                row, _ = await by_link(session, code, office.now_ms())
            except NotFound:
                return _dead(request)
        return render(request, "link.html", {"typed": Typed({}), "who": row, "code": code})

    @router.post("/link/{code}")
    async def choose(request: Request, code: str) -> Response:
        texts = translations(Audience.of(request).language)
        form = await typed(request, NewPasswordForm, texts)
        try:
            async with office.database.reading() as session:
                row, _ = await by_link(session, code, office.now_ms())
            if form.model is not None:
                wrong = judge(form.model.password, form.model.again, [row.name, row.mail])
                if wrong is not None:
                    form.complain(wrong[0], texts.gettext(wrong[1]))
            if form.model is None:
                values = {"typed": form, "who": row, "code": code}
                return render(request, "link.html", values, 422)
            return await _use(office, request, code, form.model.password)
        except NotFound:
            return _dead(request)

    return router


async def _use(office: Office, request: Request, code: str, password: str) -> Response:
    kept, now = await office.passwords.hash(password), office.now_ms()
    async with office.database.with_transaction() as session:
        row, found = await by_link(session, code, now)
        actor = Actor(row.name, Role(row.role), frozenset(), row.id, row.site)
        await OperatorService(session, actor, now).use_link(row, found, kept)
        secret = await begin(session, row, now, caller(request).browser)
    return await welcome(office, request, row, secret, "/")


def _dead(request: Request) -> Response:
    texts = translations(Audience.of(request).language)
    return render(request, "trouble.html", {"detail": texts.gettext(DEAD)}, 404)
