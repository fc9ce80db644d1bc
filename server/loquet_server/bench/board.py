"""A thin client of a simulated board's Unix socket: JSON objects, one a line.

The words are those of the board's own documentation; the ones used here are ``watch``,
``set_input``, ``tap``, ``plug``, ``unplug`` and ``indicate``.
"""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

Message = dict[str, Any]
ANSWER_SECONDS = 3.0
LONGEST_LINE = 1024 * 1024
"""Bytes; a snapshot of a large board is one line."""


class BoardAway(ConnectionError):
    """There is no board at the socket; the message says where it was looked for."""


class BoardRefused(ValueError):
    """The board cannot do what was asked; the message is its own."""


@contextlib.asynccontextmanager
async def _connected(
    path: Path,
) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    try:
        reader, writer = await asyncio.open_unix_connection(str(path), limit=LONGEST_LINE)
    except OSError as error:
        raise BoardAway(f"{path}: {error.strerror or error}") from error
    try:
        yield reader, writer
    finally:
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()


async def ask(path: Path, op: str, **arguments: object) -> Message:
    """Return the board's answer to one request; raise BoardAway or BoardRefused."""
    async with _connected(path) as (reader, writer):
        writer.write(_line({"op": op, "id": 1, **arguments}))
        try:
            answer = await asyncio.wait_for(reader.readline(), ANSWER_SECONDS)
        except (TimeoutError, OSError, ValueError) as error:
            raise BoardAway(f"{path}: no answer within {ANSWER_SECONDS:g} s") from error
    if not answer:
        raise BoardAway(f"{path}: the board closed the connection")
    message: Message = json.loads(answer)
    if not message.get("ok"):
        raise BoardRefused(str(message.get("error", "the board gave no reason")))
    return message


async def snapshot(path: Path) -> Message:
    """Return how the board stands: lines, readers, indicators; raise BoardAway."""
    found: Message = (await ask(path, "snapshot"))["snapshot"]
    return found


async def watch(path: Path) -> AsyncIterator[None]:
    """Yield once now, and whenever something on the board has changed; raise BoardAway."""
    async with _connected(path) as (reader, writer):
        writer.write(_line({"op": "watch", "id": 1}))
        while True:
            try:
                line = await reader.readline()
            except (OSError, ValueError) as error:
                raise BoardAway(f"{path}: {error}") from error
            if not line:
                raise BoardAway(f"{path}: the board closed the connection")
            yield


def _line(message: Message) -> bytes:
    return json.dumps(message).encode() + b"\n"
