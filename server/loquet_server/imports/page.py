"""``/imports``: members from a file, step by step; and where data goes out."""

from typing import Annotated, Any
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Path, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from loquet_server.errors import Conflict, TooLarge
from loquet_server.imports import showing
from loquet_server.imports.columns import LABELS, Field
from loquet_server.imports.repository import ImportRepository
from loquet_server.imports.service import ImportService, Seen
from loquet_server.imports.sheet import MOST_BYTES
from loquet_server.models import ImportRun, Site
from loquet_server.office import Office, OfficeDep, ReadingDep, TransactionDep
from loquet_server.people.refusals import DoesNotFit, Refused
from loquet_server.web.forms import Typed
from loquet_server.web.i18n import N_, Translations, translations
from loquet_server.web.moments import Moments
from loquet_server.web.pages import Audience, render
from loquet_server.web.uploads import uploaded
from loquet_server.who import Actor, Permission, needs

ImporterDep = Annotated[Actor, needs(Permission.DATA_IMPORT)]
Run = Annotated[str, Path(max_length=64)]
PAST = 50
DONE = {
    "applied": N_("The members are in. If something is wrong, undo it here while nobody came."),
    "undone": N_("The import is undone."),
    "dropped": N_("The file is forgotten."),
    "mapped": N_("The columns are read as you said."),
}
NO_FILE = N_("Choose a file first.")
TOO_LARGE = N_("The file is larger than 5 MB. Split it into several.")


def routes(office: Office) -> APIRouter:
    """Return the routes of the imports."""
    router = APIRouter(include_in_schema=False)

    @router.get("/imports")
    async def page(request: Request, session: ReadingDep, actor: ImporterDep) -> HTMLResponse:
        return await _list(office, request, ImportRepository(session), actor, Typed({}))

    @router.post("/imports")
    async def upload(
        request: Request, office: OfficeDep, transaction: TransactionDep, actor: ImporterDep
    ) -> Response:
        texts = translations(Audience.of(request).language)
        typed: Typed[Any] = Typed({})
        service = ImportService(office, transaction, actor)
        try:
            name, raw = await _file(request)
            run = await service.upload(name, raw)
            return RedirectResponse(f"/imports/{run.id}", 303)
        except TooLarge:
            typed.complain("file", texts.gettext(TOO_LARGE))
        except Refused as error:
            typed.complain("file", error.said(texts))
        repository = ImportRepository(transaction.session)
        return await _list(office, request, repository, actor, typed, 422)

    @router.get("/imports/{run}")
    async def show(
        request: Request, run: Run, office: OfficeDep, transaction: TransactionDep,
        actor: ImporterDep,
    ) -> HTMLResponse:  # fmt: skip
        service = ImportService(office, transaction, actor)
        return await _show(request, service, await service.run(run))

    @router.post("/imports/{run}/{step}")
    async def step(
        request: Request, run: Run, step: str, office: OfficeDep, transaction: TransactionDep,
        actor: ImporterDep,
    ) -> Response:  # fmt: skip
        return await _step(request, step, ImportService(office, transaction, actor), run)

    return router


async def _step(request: Request, step: str, service: ImportService, name: str) -> Response:
    run = await service.run(name)
    form = await request.form(max_fields=200)
    texts = translations(Audience.of(request).language)
    try:
        match step:
            case "mapping":
                columns = {
                    int(key.removeprefix("column-")): Field(value)
                    for key, value in form.items()
                    if key.removeprefix("column-").isdecimal() and value in set(Field)
                }
                await service.map(run, columns, "by_name" in form)
                return RedirectResponse(f"/imports/{name}?done=mapped", 303)
            case "apply":
                await service.apply(run, skip="skip" in form)
                return RedirectResponse(f"/imports/{name}?done=applied", 303)
            case "undo":
                await service.undo(run)
                return RedirectResponse("/imports?done=undone", 303)
            case "drop":
                await service.drop(run)
                return RedirectResponse("/imports?done=dropped", 303)
    except Refused as error:
        return await _show(request, service, run, error.said(texts), 422)
    raise Conflict("an import can be mapped, applied, undone or dropped")


async def _show(
    request: Request, service: ImportService, run: ImportRun, problem: str = "", status: int = 200
) -> HTMLResponse:
    texts = translations(Audience.of(request).language)
    site = await ImportRepository(service.session).site(run.site)
    values = _common(request, site, texts) | {"run": showing.run(run), "problem": problem}
    if run.complete:
        return render(request, "imports_done.html", values, status)
    seen = await service.seen(run)
    fields = [(each.value, texts.gettext(LABELS[each])) for each in Field]
    values |= {"draft": showing.draft(seen, texts), "fields": fields, "typed": _chosen(seen)}
    return render(request, "imports_one.html", values, status)


async def _list(
    office: Office, request: Request, repository: ImportRepository, actor: Actor,
    typed: Typed[Any], status: int = 200,
) -> HTMLResponse:  # fmt: skip
    texts = translations(Audience.of(request).language)
    runs = await repository.runs(actor.site, None, PAST)
    site = await repository.site(actor.site)
    values = _common(request, site, texts) | {
        "typed": typed,
        "runs": [showing.run(each) for each in runs],
        "may_export": actor.may(Permission.DATA_EXPORT),
        "today": office.now_ms(),
    }
    return render(request, "imports.html", values, status)


def _common(request: Request, site: Site | None, texts: Translations) -> dict[str, Any]:
    zone = ZoneInfo(site.timezone if site else "Europe/Paris")
    done = DONE.get(request.query_params.get("done", ""))
    return {
        "moments": Moments(texts.locale, zone),
        "done": texts.gettext(done) if done else "",
    }


def _chosen(seen: Seen) -> Typed[Any]:
    values: dict[str, Any] = {f"column-{at}": field.value for at, field in seen.mapping.items()}
    return Typed(values | {"by_name": seen.by_name})


async def _file(request: Request) -> tuple[str, bytes]:
    """Return name and content of the file in a form; raise TooLarge, or DoesNotFit without."""
    found = await uploaded(request, "file", MOST_BYTES)
    if found is None:
        raise DoesNotFit("file", NO_FILE)
    return found
