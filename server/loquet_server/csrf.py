"""Proof that a form is ours: a token of the session, in the form or in a header.

A form's body is looked through as it streams in, up to 1 MB or the token, and then handed on
whole: uploads of any size pass, as the token stands at the beginning of our forms.
"""

import hmac
import re
from typing import Final

from starlette.requests import Request
from starlette.types import Message, Receive

FIELD: Final = "csrf"
HEADER: Final = "x-csrf-token"
MOST: Final = 1024 * 1024
_URLENCODED: Final = re.compile(rb"(?:^|&)csrf=([A-Za-z0-9_-]{20,64})(?=&|$)")
_MULTIPART: Final = re.compile(rb'name="csrf"\r\n\r\n([A-Za-z0-9_-]{20,64})\r\n')


async def proven(request: Request, token: str) -> tuple[bool, Receive]:
    """Return whether a request carries the token, and what gives its body, whole, once more."""
    said = request.headers.get(HEADER)
    if said is not None:
        return hmac.compare_digest(said.encode(), token.encode()), request.receive
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == "application/x-www-form-urlencoded":
        return await _searched(request.receive, _URLENCODED, token, whole=True)
    if kind == "multipart/form-data":
        return await _searched(request.receive, _MULTIPART, token, whole=False)
    return False, request.receive


async def _searched(
    receive: Receive, pattern: re.Pattern[bytes], token: str, *, whole: bool
) -> tuple[bool, Receive]:
    """``whole``: a match at the end of what has come counts only once all has come."""
    taken: list[Message] = []
    body, found, more = bytearray(), False, True
    while more and not found and len(body) <= MOST:
        message = await receive()
        taken.append(message)
        more = message["type"] == "http.request" and bool(message.get("more_body"))
        body += message.get("body", b"")
        if not whole or not more:
            found = _matches(body, pattern, token)
    return found, _again(taken, receive)


def _matches(body: bytearray, pattern: re.Pattern[bytes], token: str) -> bool:
    due = token.encode()
    return any(hmac.compare_digest(each.group(1), due) for each in pattern.finditer(bytes(body)))


def _again(taken: list[Message], receive: Receive) -> Receive:
    left = iter(taken)

    async def again() -> Message:
        for message in left:
            return message
        return await receive()

    return again
