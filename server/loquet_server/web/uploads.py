"""Files that come in a form, read whole and within bounds."""

from typing import Final

from fastapi import Request
from starlette.datastructures import UploadFile
from starlette.types import Message

from loquet_server.office import limited_body

ENVELOPE: Final = 64 * 1024
"""What a form adds to its file, in bytes."""


async def uploaded(request: Request, field: str, most: int) -> tuple[str, bytes] | None:
    """Return name and content of the file in a form, None without; raise TooLarge."""
    body = await limited_body(request, most + ENVELOPE)
    waiting: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def again() -> Message:
        return waiting.pop() if waiting else {"type": "http.disconnect"}

    async with Request(request.scope, again).form(max_files=1, max_fields=5) as form:
        file = form.get(field)
        if not isinstance(file, UploadFile) or not file.filename:
            return None
        return file.filename, await file.read()
