"""Imports over the API: upload a file, see what it would do, say what the columns are, apply."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request

from loquet_server.errors import Invalid
from loquet_server.imports import showing
from loquet_server.imports.repository import ImportRepository
from loquet_server.imports.schemas import ApplyIn, DraftOut, MappingIn, RunOut
from loquet_server.imports.service import ImportService
from loquet_server.imports.sheet import MOST_BYTES
from loquet_server.office import OfficeDep, ReadingDep, TransactionDep, limited_body
from loquet_server.paging import PageDep
from loquet_server.web.i18n import translations
from loquet_server.who import Actor, Permission, needs

router = APIRouter(prefix="/api/v1/imports", tags=["imports"])
ImporterDep = Annotated[Actor, needs(Permission.DATA_IMPORT)]
Run = Annotated[str, Path(max_length=64)]
_CSV: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {"text/csv": {"schema": {"type": "string", "example": "Nom;Mail\nAda;a@b.fr"}}},
    }
}


@router.get("")
async def list_imports(session: ReadingDep, actor: ImporterDep, page: PageDep) -> list[RunOut]:
    """Return imports, the newest first."""
    rows = await ImportRepository(session).runs(actor.site, page.after, page.rows)
    return [showing.run(row) for row in page.of(rows, lambda row: row.id)]


@router.post("", status_code=201, openapi_extra=_CSV)
async def upload_import(
    request: Request,
    office: OfficeDep,
    transaction: TransactionDep,
    actor: ImporterDep,
    file_name: Annotated[str, Query(max_length=200)] = "",
    site: Annotated[str | None, Query(max_length=64)] = None,
) -> DraftOut:
    """Upload a CSV file (5 MB at most) as a draft; nothing changes before it is applied."""
    raw = await limited_body(request, MOST_BYTES)
    if not raw:
        raise Invalid("the body is the file: send it as text/csv")
    service = ImportService(office, transaction, actor)
    run = await service.upload(file_name, raw, site)
    return showing.draft(await service.seen(run), translations("en"))


@router.get("/{run}")
async def show_import(
    run: Run, office: OfficeDep, transaction: TransactionDep, actor: ImporterDep
) -> DraftOut | RunOut:
    """Return an import; of a draft, all that it would do to what is there now."""
    service = ImportService(office, transaction, actor)
    row = await service.run(run)
    if row.complete:
        return showing.run(row)
    return showing.draft(await service.seen(row), translations("en"))


@router.put("/{run}/mapping")
async def map_import(
    run: Run, given: MappingIn, office: OfficeDep, transaction: TransactionDep, actor: ImporterDep
) -> DraftOut:
    """Say what each column is."""
    service = ImportService(office, transaction, actor)
    row = await service.run(run)
    await service.map(row, given.columns, given.by_name)
    return showing.draft(await service.seen(row), translations("en"))


@router.post("/{run}/apply")
async def apply_import(
    run: Run, given: ApplyIn, office: OfficeDep, transaction: TransactionDep, actor: ImporterDep
) -> RunOut:
    """Do what a draft says, all of it or nothing."""
    service = ImportService(office, transaction, actor)
    row = await service.run(run)
    await service.apply(row, skip=given.skip)
    return showing.run(row)


@router.post("/{run}/undo")
async def undo_import(
    run: Run, office: OfficeDep, transaction: TransactionDep, actor: ImporterDep
) -> RunOut:
    """Take an import back, as long as nobody came or was changed since."""
    service = ImportService(office, transaction, actor)
    row = await service.run(run)
    await service.undo(row)
    return showing.run(row)


@router.delete("/{run}", status_code=204)
async def drop_import(
    run: Run, office: OfficeDep, transaction: TransactionDep, actor: ImporterDep
) -> None:
    """Forget a draft and its file."""
    service = ImportService(office, transaction, actor)
    await service.drop(await service.run(run))
