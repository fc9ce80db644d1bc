"""``/exports/{kind}.csv``: the downloads that the page of data in and out offers."""

from typing import Annotated

from fastapi import APIRouter, Request
from fastapi.responses import StreamingResponse

from loquet_server.exports.endpoints import download
from loquet_server.exports.kinds import Kind
from loquet_server.office import Office
from loquet_server.web.pages import Audience
from loquet_server.who import Actor, Permission, proved


def routes(office: Office) -> APIRouter:
    """Return the routes of the downloads."""
    router = APIRouter(include_in_schema=False)

    @router.get("/exports/{kind}.csv")
    async def page(
        request: Request, kind: Kind, actor: Annotated[Actor, proved(Permission.DATA_EXPORT)]
    ) -> StreamingResponse:
        return await download(office, actor, kind, Audience.of(request).language)

    return router
