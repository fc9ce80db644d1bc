"""The demo's mail server: it shows each letter where the demo was started, and sends none on.

So notices, invitations and codes are really sent, and nobody in the world gets one.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from email import message_from_bytes
from email.policy import default
from typing import Final

from sqlalchemy.ext.asyncio import AsyncSession

from loquet_server.identity import mail
from loquet_server.keys import Keys

SENDER: Final = "loquet@le-moulin.example"
LARGEST: Final = 1 << 20
"""Bytes of a letter."""
END: Final = b"\r\n.\r\n"
Show = Callable[[str], None]


@asynccontextmanager
async def letterbox(show: Show) -> AsyncIterator[int]:
    """Yield the port of a mail server on loopback; ``show`` is given each letter as text."""
    busy: set[asyncio.Task[None]] = set()

    def come(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(_serve(show, reader, writer), name="letterbox")
        busy.add(task)
        task.add_done_callback(busy.discard)

    server = await asyncio.start_server(come, "127.0.0.1", 0, limit=LARGEST)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for task in busy:
            task.cancel()
        await asyncio.gather(*busy, return_exceptions=True)
        await server.wait_closed()


async def use(session: AsyncSession, keys: Keys, port: int) -> None:
    """Have mail sent there, unless whoever tries the demo has set a server of their own."""
    known = await mail.load(session, keys)
    if known is None or known.sender == SENDER:
        server = mail.MailServer("127.0.0.1", port, mail.Security.NONE.value, SENDER)
        await mail.store(session, keys, server)


async def _serve(show: Show, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    gone = (ConnectionError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, ValueError)
    with contextlib.suppress(*gone):
        try:
            await _converse(show, reader, writer)
        finally:
            writer.close()
            await writer.wait_closed()


async def _converse(show: Show, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"220 letterbox\r\n")
    while line := await reader.readline():
        verb = line[:4].upper()
        if verb == b"DATA":
            writer.write(b"354 go on\r\n")
            show(readable(await reader.readuntil(END)))
        writer.write(b"221 bye\r\n" if verb == b"QUIT" else b"250 fine\r\n")
        await writer.drain()
        if verb == b"QUIT":
            return


def readable(raw: bytes) -> str:
    """Return a letter as it came over the line, as people read it; no control characters."""
    letter = message_from_bytes(raw.removesuffix(END).replace(b"\r\n..", b"\r\n."), policy=default)
    body = letter.get_body(("plain",))
    text = f"{letter['subject']}\n{'' if body is None else body.get_content()}".strip()
    lines = [f"Mail to {letter['to']}, shown here and sent to nobody:", *text.splitlines()]
    plain = ("".join(each if each.isprintable() else " " for each in line) for line in lines)
    return "\n  ".join(plain)
