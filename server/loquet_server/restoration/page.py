"""The notice on the start page and among the units: this is where its button leads."""

import contextlib
from typing import Annotated

from fastapi import APIRouter, Form
from fastapi.responses import Response

from loquet_server.errors import NotFound
from loquet_server.office import Office, OfficeDep, TransactionDep
from loquet_server.restoration import service
from loquet_server.restoration.endpoints import Ends
from loquet_server.restoration.schemas import EndForm
from loquet_server.web.rooms import go

router = APIRouter(include_in_schema=False)


def routes(_office: Office) -> APIRouter:
    """Return the route of the notice."""
    return router


@router.post("/restoration/end")
async def end(
    form: Annotated[EndForm, Form()], office: OfficeDep, transaction: TransactionDep, actor: Ends
) -> Response:
    """End the notice; somebody else may have been quicker."""
    with contextlib.suppress(NotFound):
        await service.end(office, transaction, actor)
    return go(form.back)
