"""What units ask: which release they are to run, and its files."""

from typing import Annotated

from fastapi import APIRouter, Path, Request, Response
from fastapi.responses import FileResponse

from loquet_contract.wire.releases import ReleaseRequest
from loquet_contract.wire.signing import Purpose
from loquet_server.errors import NotFound
from loquet_server.office import OfficeDep
from loquet_server.releases.repository import ReleaseRepository
from loquet_server.releases.service import answer, due
from loquet_server.releases.shelf import Shelf
from loquet_server.unit_requests import asked

router = APIRouter(prefix="/api/v1", tags=["units"])
Digest = Annotated[str, Path(pattern=r"^[0-9a-f]{64}$")]
Name = Annotated[str, Path(pattern=r"^[A-Za-z0-9._+-]{1,200}$")]


@router.post("/units/{unit}/release")
async def release(unit: str, request: Request, office: OfficeDep) -> Response:
    """Return the release that the unit is to run, signed; without one, it keeps its own."""
    row, wish = await asked(ReleaseRequest, Purpose.RELEASE_REQUEST, unit, request, office)
    async with office.database.reading() as session:
        found = await due(office, ReleaseRepository(session), row.site, row.id)
    return Response(answer(office, wish, found), media_type="application/json")


@router.get("/releases/{sha256}/{name}")
async def release_file(sha256: Digest, name: Name, office: OfficeDep) -> FileResponse:
    """Return a file of a release, to whoever knows what it hashes to."""
    found = Shelf(office.settings).file(sha256, name)
    if found is None:
        raise NotFound("there is no such file")
    return FileResponse(found, media_type="application/octet-stream")
