"""``/me/login``, ``/me/code``, ``/me/link/...``, ``/me/logout``: into one's own pages, and out."""

from typing import Final

import structlog
from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response
from starlette.background import BackgroundTask

from loquet_server.errors import TooMany
from loquet_server.identity import mail as mails
from loquet_server.identity import throttle
from loquet_server.identity.arriving import caller, safe, secure, waiting
from loquet_server.identity.codes import digest
from loquet_server.identity.mail import MailFailed, MailServer
from loquet_server.me.schemas import CodeIn, CodeWish
from loquet_server.membership_access import codes, links, sessions
from loquet_server.membership_access.codes import Asked
from loquet_server.membership_access.member import MemberDep
from loquet_server.membership_access.repository import AccessRepository
from loquet_server.models import Holder
from loquet_server.office import Office
from loquet_server.web.forms import Typed, typed
from loquet_server.web.i18n import COOKIE, LANGUAGES, N_, translations
from loquet_server.web.pages import YEAR, Audience, render

HOME: Final = "/me"
WRONG: Final = N_(
    "This code does not count: look at the last mail again, or ask for a new code. A code counts"
    " for 10 minutes, once, and on this device only."
)
DEAD: Final = N_(
    "This personal link does not count any more. Ask at the desk of your space for a new one."
)
DIGITS_WRONG: Final = N_("Please write the eight digits.")
SUBJECT: Final = N_("%(code)s is your code")
LETTER: Final = N_(
    "Hello,\n\n%(code)s is the code that opens your own pages. It counts for 10 minutes, on the"
    " device that asked for it. Tell it to nobody.\n\nIf it was not you who asked, you need not"
    " do anything.\n"
)
_log = structlog.get_logger(__name__)


def routes(office: Office) -> APIRouter:
    """Return the routes for those who have not signed in, and the way out."""
    router = APIRouter(include_in_schema=False)
    router.include_router(_link_routes(office))
    router.include_router(_code_routes(office))

    @router.post("/me/logout")
    async def leave(request: Request, member: MemberDep) -> Response:
        async with office.database.with_transaction() as session:
            await AccessRepository(session).end_sessions(member.id, only=member.session)
        answer = RedirectResponse("/me/login?done=out", 303)
        sessions.clear_cookie(answer, secure=secure(request))
        return answer

    return router


def _link_routes(office: Office) -> APIRouter:
    router = APIRouter()

    @router.get("/me/link/{secret}")
    async def show(request: Request, secret: str) -> Response:
        """Show who the link is for; only the button uses it: programs that look at mail do not."""
        now = office.now_ms()
        try:
            async with office.database.reading() as session:
                await codes.wait(session, throttle.member_line_key(caller(request).address), now)
                found = await AccessRepository(session).link(digest(secret))
        except TooMany as error:
            return _later(request, error)
        if found is None:
            return await _dead(office, request)
        values = {"who": found[1], "secret": secret}
        return render(request, "me_link.html", values)

    @router.post("/me/link/{secret}")
    async def enter(request: Request, secret: str) -> Response:
        now, who = office.now_ms(), caller(request)
        try:
            async with office.database.with_transaction() as session:
                await codes.wait(session, throttle.member_line_key(who.address), now)
                found = await links.use(session, secret, now)
                if found is not None:
                    old = request.cookies.get(sessions.cookie_name(secure(request)), "")
                    made = await sessions.begin(
                        session, found[0], now, who.browser, link=found[1], old=old
                    )
        except TooMany as error:
            return _later(request, error)
        if found is None:
            return await _dead(office, request)
        return _welcome(request, found[0], made)

    return router


def _code_routes(office: Office) -> APIRouter:
    router = APIRouter()

    @router.get("/me/login")
    async def ask(request: Request, next: str = HOME, done: str = "") -> Response:
        if getattr(request.state, "member", None) is not None:
            return RedirectResponse(_there(next), 303)
        return await _login(office, request, Typed({}), _there(next), done=done)

    @router.post("/me/login")
    async def wish(request: Request, next: str = Form(HOME)) -> Response:
        texts, there = translations(Audience.of(request).language), _there(next)
        form = await typed(request, CodeWish, texts)
        try:
            found = None if form.model is None else await _wish(office, request, form.model.mail)
        except TooMany as error:
            problem = waiting(error, texts.gettext)
            return await _login(office, request, form, there, problem=problem, status=429)
        if found is None:
            return await _login(office, request, form, there, status=422)
        server, asked = found
        values = {"typed": Typed({"ticket": asked.ticket}), "next": there, "problem": ""}
        answer = render(request, "me_code.html", values)
        answer.background = BackgroundTask(_send, server, asked)
        return answer

    @router.post("/me/code")
    async def enter(request: Request, next: str = Form(HOME)) -> Response:
        texts = translations(Audience.of(request).language)
        form = await typed(request, CodeIn, texts)
        status, problem = 422, ""
        try:
            found = None if form.model is None else await _enter(office, request, form.model)
        except TooMany as error:
            problem, status = waiting(error, texts.gettext), 429
        else:
            if found is not None:
                return _welcome(request, *found, _there(next))
            problem = texts.gettext(WRONG) if form.model is not None else ""
        if "code" in form.complaints:
            form.complaints["code"] = texts.gettext(DIGITS_WRONG)
        values = {"typed": form, "next": _there(next), "problem": problem}
        return render(request, "me_code.html", values, status)

    return router


async def _wish(office: Office, request: Request, mail: str) -> tuple[MailServer, Asked] | None:
    """Count a wish for a code and make it; None where no mail is sent. Raises TooMany."""
    now = office.now_ms()
    keys = {
        throttle.member_mail_key(mail): throttle.MEMBER_MAIL,
        throttle.member_line_key(caller(request).address): throttle.MEMBER_LINE,
    }
    async with office.database.with_transaction() as session:
        server = await mails.load(session, office.keys)
        if server is None:
            return None
        await codes.count(session, keys, now)
        return server, await codes.ask(session, mail, now)


async def _enter(office: Office, request: Request, given: CodeIn) -> tuple[Holder, str] | None:
    """Count a code and use it; return whose it is and a new session's secret. Raises TooMany."""
    now, who = office.now_ms(), caller(request)
    keys = {throttle.member_line_key(who.address): throttle.MEMBER_LINE}
    async with office.database.with_transaction() as session:
        await codes.count(session, keys, now)
        row = await codes.use(session, given.ticket, given.code, now)
        if row is None:
            return None
        old = request.cookies.get(sessions.cookie_name(secure(request)), "")
        return row, await sessions.begin(session, row, now, who.browser, old=old)


async def _login(
    office: Office, request: Request, form: Typed[CodeWish], there: str, *,
    problem: str = "", done: str = "", status: int = 200,
) -> Response:  # fmt: skip
    async with office.database.reading() as session:
        posts = await mails.load(session, office.keys) is not None
    values = {"typed": form, "next": there, "problem": problem, "done": done, "posts": posts}
    return render(request, "me_login.html", values, status)


async def _send(server: MailServer, asked: Asked) -> None:
    """Send a code in the member's language; done after the answer, which says nothing of it."""
    if asked.holder is None:
        return
    texts = translations(_language(asked.holder))
    said = {"code": f"{asked.code[:4]} {asked.code[4:]}"}
    subject, text = texts.gettext(SUBJECT) % said, texts.gettext(LETTER) % said
    try:
        await mails.send(server, asked.holder.mail, subject, text)
    except MailFailed as failed:  # whose mail it was is nobody's business, here neither
        _log.warning("member_code_not_sent", detail=failed.text)


def _welcome(request: Request, holder: Holder, secret: str, there: str = HOME) -> Response:
    """Give a device its session, and its pages the member's language."""
    answer = RedirectResponse(there, 303)
    sessions.set_cookie(answer, secret, secure=secure(request))
    language = _language(holder)
    answer.set_cookie(COOKIE, language, max_age=YEAR, samesite="lax", httponly=True)
    return answer


async def _dead(office: Office, request: Request) -> Response:
    """Count a link that does not count, and say so."""
    keys = {throttle.member_line_key(caller(request).address): throttle.MEMBER_LINE}
    async with office.database.with_transaction() as session:
        await codes.count(session, keys, office.now_ms())
    texts = translations(Audience.of(request).language)
    return render(request, "me_trouble.html", {"detail": texts.gettext(DEAD)}, 404)


def _later(request: Request, error: TooMany) -> Response:
    texts = translations(Audience.of(request).language)
    return render(request, "me_trouble.html", {"detail": waiting(error, texts.gettext)}, 429)


def _there(next: str) -> str:
    """Return an address among the members' pages to go on to."""
    there = safe(next)
    return there if there == HOME or there.startswith(f"{HOME}/") else HOME


def _language(holder: Holder) -> str:
    return holder.language if holder.language in LANGUAGES else LANGUAGES[0]
