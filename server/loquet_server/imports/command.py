"""``loquet-server import``: a file of members from whoever has a shell on the server."""

from pathlib import Path

from loquet_server.errors import TooLarge
from loquet_server.imports import showing
from loquet_server.imports.schemas import DraftOut
from loquet_server.imports.service import ImportService
from loquet_server.imports.sheet import MOST_BYTES
from loquet_server.office import Office, Transaction
from loquet_server.web.i18n import translations
from loquet_server.who import SHELL


def check_size(file: Path) -> None:
    """Raise TooLarge for a file that no import takes."""
    if file.stat().st_size > MOST_BYTES:
        raise TooLarge(f"{file} is larger than 5 MB; split it into several")


async def draft(
    office: Office, transaction: Transaction, file: Path, site: str | None, language: str,
    *, by_name: bool, skip: bool, dry_run: bool,
) -> DraftOut:  # fmt: skip
    """Return what a file would do, and do it: unless only asked, or a line is wrong."""
    service = ImportService(office, transaction, SHELL)
    run = await service.upload(file.name, file.read_bytes(), site)
    columns = (await service.seen(run)).mapping
    await service.map(run, columns, by_name)
    found = showing.draft(await service.seen(run), translations(language))
    if dry_run or (found.complaints and not skip):
        await service.drop(run)
    else:
        await service.apply(run, skip=skip)
    return found
