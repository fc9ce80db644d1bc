"""``/setup/mail``: the mail server that sends for us, tried with a message to oneself."""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from loquet_server.identity import mail
from loquet_server.identity.repository import IdentityRepository
from loquet_server.ledger import record
from loquet_server.models import Action
from loquet_server.office import Office
from loquet_server.setup.schemas import MailForm
from loquet_server.setup.service import SetupService
from loquet_server.web.forms import Typed, typed
from loquet_server.web.i18n import N_, translations
from loquet_server.web.pages import Audience, render
from loquet_server.who import Actor, Permission, needs

Owner = Annotated[Actor, needs(Permission.SETTINGS_WRITE)]
SUBJECT: Final = N_("Loquet can send mail")
LETTER: Final = N_("This is the test message that you asked for. Mail works.\n")
NOBODY: Final = N_("You have no account here, so there is nobody to write to.")
SENT: Final = N_("A test message is on its way to %(mail)s. Look into that mailbox.")
DONE: Final = {"saved": N_("Saved. Now send yourself a test message.")}


def routes(office: Office) -> APIRouter:
    """Return the routes of the mail server's settings."""
    router = APIRouter()

    @router.get("/setup/mail")
    async def ask(request: Request, actor: Owner, done: str = "") -> Response:
        async with office.database.reading() as session:
            server = await mail.load(session, office.keys)
        return _page(request, _shown(server), server is not None, done=DONE.get(done, ""))

    @router.post("/setup/mail")
    async def save(request: Request, actor: Owner) -> Response:
        texts = translations(Audience.of(request).language)
        form = await typed(request, MailForm, texts)
        if form.model is None:
            return _page(request, form, False, status=422)
        now = office.now_ms()
        async with office.database.with_transaction() as session:
            found = mail.MailServer(**form.model.model_dump())
            await mail.store(session, office.keys, found)
            record(
                session, Action.SETTING_CHANGED, "mail", now, actor=actor.name,
                detail={"host": found.host, "sender": found.sender},
            )  # fmt: skip
            await SetupService(session, now).passed("mail", actor)
        return RedirectResponse("/setup/mail?done=saved", 303)

    @router.post("/setup/mail/test")
    async def test(request: Request, actor: Owner) -> Response:
        return await _try(office, request, actor)

    return router


async def _try(office: Office, request: Request, actor: Actor) -> Response:
    texts = translations(Audience.of(request).language)
    async with office.database.with_transaction() as session:
        server = await mail.load(session, office.keys)
        me = await IdentityRepository(session).operator(actor.operator or "")
        if server is not None and me is not None:
            record(session, Action.MAIL_TESTED, me.id, office.now_ms(), actor=actor.name)
    if server is None:
        return RedirectResponse("/setup/mail", 303)
    if me is None:
        return _page(request, _shown(server), True, problem=texts.gettext(NOBODY), status=409)
    try:
        await mail.send(server, me.mail, texts.gettext(SUBJECT), texts.gettext(LETTER))
    except mail.MailFailed as failure:
        said = f"{texts.gettext(failure.text)} {failure.said}".strip()
        return _page(request, _shown(server), True, problem=said, status=502)
    return _page(request, _shown(server), True, done=texts.gettext(SENT) % {"mail": me.mail})


def _shown(server: mail.MailServer | None) -> Typed[Any]:
    if server is None:
        return Typed({"port": 587, "security": mail.Security.STARTTLS.value})
    names = ("host", "port", "security", "sender", "user")
    return Typed({name: getattr(server, name) for name in names})


def _page(
    request: Request, form: Typed[Any], known: bool, *, done: str = "", problem: str = "",
    status: int = 200,
) -> Response:  # fmt: skip
    texts = translations(Audience.of(request).language)
    values = {
        "typed": form,
        "known": known,
        "step": "mail",
        "done": texts.gettext(done),
        "problem": problem,
    }
    return render(request, "setup_mail.html", values, status)
