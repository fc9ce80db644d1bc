"""``/members/{id}/data``: all that is kept of one member; taken away, or erased."""

import json
from datetime import datetime
from typing import Annotated, Any, Final

from babel.dates import format_datetime
from fastapi import APIRouter, Path, Request
from fastapi.responses import HTMLResponse, Response

from loquet_server.data_protection.endpoints import Writes
from loquet_server.data_protection.schemas import EraseIn
from loquet_server.data_protection.service import DataProtectionService
from loquet_server.data_protection.words import FIELD, LOG, TABLE
from loquet_server.models import Holder
from loquet_server.office import OfficeDep, TransactionDep
from loquet_server.people.frame import Frame
from loquet_server.people.text import ID_PATTERN
from loquet_server.privacy.erasing import NUMBER
from loquet_server.web.forms import Typed, typed
from loquet_server.web.rooms import go
from loquet_server.who import Actor, Permission, proved

router = APIRouter(include_in_schema=False)
MemberId = Annotated[str, Path(pattern=ID_PATTERN)]
Proved = Annotated[Actor, proved(Permission.PRIVACY_WRITE)]
SHOWN: Final = 100
"""Rows of one table on the page; the download has all."""


@router.get("/members/{member}/data")
async def data(
    member: MemberId, request: Request, office: OfficeDep, transaction: TransactionDep,
    actor: Writes,
) -> HTMLResponse:  # fmt: skip
    """Show everything that is kept of a member, table by table."""
    frame, row = await Frame.of_member(request, office, transaction.session, actor, member)
    service = DataProtectionService(office, transaction, actor)
    looks = await service.looks(member)
    found = await service.data(member)
    values = {
        "member": row,
        "tables": [
            _table(frame, name, rows) for name, rows in found["tables"].items() if name != "looks"
        ],
        "looks": [
            (each, frame.texts.gettext(LOG[each.what]) if each.what in LOG else each.what)
            for each in looks
        ],
        "evidence": row.id.startswith(NUMBER),
    }
    return frame.show("privacy_member.html", values)


@router.get("/members/{member}/data.json")
async def download(
    member: MemberId, office: OfficeDep, transaction: TransactionDep, actor: Proved
) -> Response:
    """Hand out everything that is kept of a member, as a file for programs."""
    found = await DataProtectionService(office, transaction, actor).export(member)
    headers = {
        "content-disposition": f'attachment; filename="{member}.json"', "cache-control": "no-store",
    }  # fmt: skip
    text = json.dumps(found, ensure_ascii=False, indent=2)
    return Response(text, media_type="application/json", headers=headers)


@router.get("/members/{member}/erase")
async def erase_page(
    member: MemberId, request: Request, office: OfficeDep, transaction: TransactionDep,
    actor: Proved,
) -> HTMLResponse:  # fmt: skip
    """Ask for name and reason before somebody is erased."""
    frame, row = await Frame.of_member(request, office, transaction.session, actor, member)
    return _erase_form(frame, row, Typed({}))


@router.post("/members/{member}/erase")
async def erase(
    member: MemberId, request: Request, office: OfficeDep, transaction: TransactionDep,
    actor: Proved,
) -> Response:  # fmt: skip
    """Erase a member, or show what is wrong."""
    frame, row = await Frame.of_member(request, office, transaction.session, actor, member)
    given = await typed(request, EraseIn, frame.texts)
    if given.model is not None:
        async with frame.trying(transaction, given):
            service = DataProtectionService(office, transaction, actor)
            await service.erase(member, given.model.name, given.model.reason)
            return go("/privacy", "erased")
    return _erase_form(frame, row, given, 422)


def _erase_form(frame: Frame, row: Holder, given: Typed[Any], status: int = 200) -> HTMLResponse:
    return frame.show("privacy_erase.html", {"member": row, "form": given}, status)


def _table(frame: Frame, name: str, rows: list[dict[str, Any]]) -> dict[str, Any]:
    t = frame.texts.gettext
    title, what = TABLE.get(name, (name.replace("_", " "), ""))
    columns = list(dict.fromkeys(column for row in rows for column in row))
    columns = [each for each in columns if each in FIELD] or columns
    return {
        "name": name,
        "title": t(title),
        "what": t(what) if what else "",
        "columns": [t(FIELD[each]) if each in FIELD else each.replace("_", " ")
                    for each in columns],
        "rows": [[_cell(frame, row.get(each)) for each in columns] for row in rows[-SHOWN:]][::-1],
        "more": max(0, len(rows) - SHOWN),
    }  # fmt: skip


def _cell(frame: Frame, value: Any) -> str:
    if value is True or value is False:
        return frame.texts.gettext("yes") if value else ""
    if isinstance(value, str) and value.endswith("+00:00") and "T" in value:
        local = frame.moments.local(int(datetime.fromisoformat(value).timestamp() * 1000))
        return str(format_datetime(local, "d MMM y HH:mm", locale=frame.texts.locale))
    return "" if value is None else str(value)
