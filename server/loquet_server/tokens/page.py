"""``/account/tokens``: keys for programs, shown once."""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from loquet_server.identity.sites import moments_of
from loquet_server.identity.tokens import allowed
from loquet_server.office import Office
from loquet_server.tokens.repository import TokenRepository
from loquet_server.tokens.schemas import TokenForm
from loquet_server.tokens.service import TokenService
from loquet_server.web.forms import Typed, typed
from loquet_server.web.i18n import N_, translations
from loquet_server.web.pages import Audience, render
from loquet_server.who import Actor, Permission, needs, proved

Own = Annotated[Actor, needs(Permission.SELF)]
Maker = Annotated[Actor, proved(Permission.SELF)]
DONE: Final = {"revoked": N_("The token was revoked; it counts no longer.")}
DAYS: Final = (30, 90, 365, 0)


def routes(office: Office) -> APIRouter:
    """Return the routes of one's own tokens."""
    router = APIRouter(include_in_schema=False)

    @router.get("/account/tokens")
    async def show(request: Request, actor: Own, done: str = "") -> Response:
        return await _page(office, request, actor, Typed({"days": 365}), done=done)

    @router.get("/account/tokens/new")
    async def ask(request: Request, actor: Maker) -> Response:
        return await _page(office, request, actor, Typed({"days": 365}), making=True)

    @router.post("/account/tokens/new")
    async def make(request: Request, actor: Maker) -> Response:
        texts = translations(Audience.of(request).language)
        form = await typed(request, TokenForm, texts)
        if form.model is None:
            return await _page(office, request, actor, form, making=True, status=422)
        async with office.database.with_transaction() as session:
            row, secret = await TokenService(session, actor, office.now_ms()).make(form.model)
        return render(request, "tokens_made.html", {"token": row, "secret": secret})

    @router.post("/account/tokens/{token}/revoke")
    async def revoke(token: str, actor: Own) -> Response:
        async with office.database.with_transaction() as session:
            await TokenService(session, actor, office.now_ms()).revoke(token)
        return RedirectResponse("/account/tokens?done=revoked", 303)

    return router


async def _page(
    office: Office, request: Request, actor: Actor, form: Typed[Any], *, making: bool = False,
    done: str = "", status: int = 200,
) -> Response:  # fmt: skip
    texts = translations(Audience.of(request).language)
    async with office.database.reading() as session:
        operator = await TokenService(session, actor, office.now_ms()).operator()
        values = {
            "typed": form,
            "tokens": await TokenRepository(session).of(operator.id),
            "scopes": [(each.value, each.value) for each in allowed(operator)],
            "days": DAYS,
            "now": office.now_ms(),
            "done": texts.gettext(DONE[done]) if done in DONE else "",
            "moments": await moments_of(office, texts.locale),
        }
    return render(request, "tokens_new.html" if making else "tokens.html", values, status)
