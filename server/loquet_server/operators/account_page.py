"""``/account``: one's own name, language, password and sessions; and the password once more."""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from loquet_server.errors import NotFound, TooMany
from loquet_server.identity.arriving import caller, judge, safe, waiting
from loquet_server.identity.repository import IdentityRepository
from loquet_server.identity.signing_in import SignIn
from loquet_server.identity.sites import moments_of
from loquet_server.models import Operator
from loquet_server.office import Office
from loquet_server.operators.schemas import AccountForm, ChangePasswordForm
from loquet_server.operators.service import OperatorService
from loquet_server.people.refusals import Refused
from loquet_server.web.browsers import browser_of
from loquet_server.web.forms import Typed, typed
from loquet_server.web.i18n import COOKIE, N_, Translations, translations
from loquet_server.web.pages import YEAR, Audience, render
from loquet_server.who import Actor, Permission, needs

Own = Annotated[Actor, needs(Permission.SELF)]
WRONG: Final = N_("This is not your password.")
DONE: Final = {
    "saved": N_("Saved."),
    "password": N_("Your password was changed; every other session has ended."),
    "ended": N_("Ended."),
}
NO_ACCOUNT: Final = "there is no account: at this machine nobody signs in (LOQUET_ACCOUNTS=local)"


def routes(office: Office) -> APIRouter:
    """Return the routes of one's own account."""
    router = APIRouter(include_in_schema=False)
    router.include_router(_session_routes(office))
    router.include_router(_prove_routes(office))

    @router.get("/account")
    async def show(request: Request, actor: Own, done: str = "") -> Response:
        return await _page(office, request, actor, done=done)

    @router.post("/account")
    async def change(request: Request, actor: Own) -> Response:
        texts = _texts(request)
        form = await typed(request, AccountForm, texts)
        if form.model is not None:
            try:
                async with office.database.with_transaction() as session:
                    service = OperatorService(session, actor, office.now_ms())
                    row = await service.one(_me(actor))
                    await service.rename(row, form.model.name, form.model.language)
            except Refused as refused:
                form.complain(refused.field, refused.said(texts))
        if form.model is None:
            return await _page(office, request, actor, account=form, status=422)
        answer = RedirectResponse("/account?done=saved", 303)
        language = form.model.language
        answer.set_cookie(COOKIE, language, max_age=YEAR, samesite="lax", httponly=True)
        return answer

    @router.post("/account/password")
    async def new_password(request: Request, actor: Own) -> Response:
        texts = _texts(request)
        form = await typed(request, ChangePasswordForm, texts)
        if form.model is not None:
            complaint = await _change_password(office, request, actor, form.model, texts)
            if complaint is not None:
                form.complain(*complaint)
        if form.model is None:
            return await _page(office, request, actor, password=form, status=422)
        return RedirectResponse("/account?done=password", 303)

    return router


def _session_routes(office: Office) -> APIRouter:
    router = APIRouter()

    @router.post("/account/sessions/others")
    async def end_others(actor: Own) -> Response:
        async with office.database.with_transaction() as session:
            await IdentityRepository(session).end_sessions(_me(actor), keep=actor.session or "")
        return RedirectResponse("/account?done=ended", 303)

    @router.post("/account/sessions/{digest}")
    async def end_one(digest: str, actor: Own) -> Response:
        async with office.database.with_transaction() as session:
            ended = await IdentityRepository(session).end_sessions(_me(actor), only=digest)
        if not ended:
            raise NotFound("there is no such session of yours")
        return RedirectResponse("/account?done=ended", 303)

    return router


def _prove_routes(office: Office) -> APIRouter:
    """The password once more, before a dangerous act."""
    router = APIRouter()

    @router.get("/account/prove")
    async def ask(request: Request, actor: Own, next: str = "/") -> Response:
        _me(actor)
        return render(request, "prove.html", {"next": safe(next), "problem": ""})

    @router.post("/account/prove")
    async def prove(
        request: Request,
        actor: Own,
        next: Annotated[str, Form()] = "/",
        password: Annotated[str, Form(max_length=400)] = "",
    ) -> Response:
        texts, problem, status = _texts(request), WRONG, 422
        row = await _row(office, actor)
        try:
            right = await SignIn(office.database, office.passwords, office.now_ms()).prove(
                row, actor.session or "", password, caller(request).address
            )
        except TooMany as error:
            problem, status, right = waiting(error, texts.gettext), 429, False
        if right:
            return RedirectResponse(safe(next), 303)
        values = {"next": safe(next), "problem": texts.gettext(problem)}
        return render(request, "prove.html", values, status)

    return router


async def _change_password(
    office: Office, request: Request, actor: Actor, asked: ChangePasswordForm, texts: Translations
) -> tuple[str, str] | None:
    """Change one's own password; return field and complaint if it cannot be."""
    row = await _row(office, actor)
    wrong = judge(asked.password, asked.again, [row.name, row.mail])
    if wrong is not None:
        return wrong[0], texts.gettext(wrong[1])
    now = office.now_ms()
    try:
        if not await SignIn(office.database, office.passwords, now).prove(
            row, actor.session or "", asked.current, caller(request).address
        ):
            return "current", texts.gettext(WRONG)
    except TooMany as error:
        return "current", waiting(error, texts.gettext)
    kept = await office.passwords.hash(asked.password)
    async with office.database.with_transaction() as session:
        service = OperatorService(session, actor, now)
        row = await service.one(_me(actor))
        await service.set_password(row, kept, keep_session=actor.session or "")
    return None


async def _page(
    office: Office, request: Request, actor: Actor, *, account: Typed[Any] | None = None,
    password: Typed[Any] | None = None, done: str = "", status: int = 200,
) -> Response:  # fmt: skip
    texts = _texts(request)
    row = await _row(office, actor)
    async with office.database.reading() as session:
        found = await IdentityRepository(session).sessions(row.id)
    values = {
        "account": account or Typed({"name": row.name, "language": row.language}),
        "password": password or Typed({}),
        "who": row,
        "sessions": found,
        "browser_of": browser_of,
        "current": actor.session,
        "done": texts.gettext(DONE[done]) if done in DONE else "",
        "moments": await moments_of(office, texts.locale),
        "now": office.now_ms(),
    }
    return render(request, "account.html", values, status)


async def _row(office: Office, actor: Actor) -> Operator:
    async with office.database.reading() as session:
        row = await IdentityRepository(session).operator(_me(actor))
    if row is None:
        raise NotFound(NO_ACCOUNT)
    return row


def _me(actor: Actor) -> str:
    if actor.operator is None:
        raise NotFound(NO_ACCOUNT)
    return actor.operator


def _texts(request: Request) -> Translations:
    return translations(Audience.of(request).language)
