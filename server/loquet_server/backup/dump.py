"""What is in a backup: lines of JSON, compressed (zlib), sealed.

    {"backup": 1, "made_at": ms, "revision": "0003", "software": "0.2.0", "keys": true}
    {"key": "signing", "text": "..."}                      a file of the keys folder, if wanted
    {"table": "sites", "columns": ["id", ...]}             then one line for each row: a list
    ["moulin", ...]                                        bytes as base64
    {"end": 12345}                                         how many rows there were

Tables come in the order of their references. What lets somebody in for a while (sessions,
codes) is left out: nobody is signed in after a restore.
"""

import base64
import json
import os
import re
import zlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from sqlalchemy import LargeBinary, Table

from loquet_server.backup.repository import BackupRepository
from loquet_server.backup.sealed import Writer
from loquet_server.database import Database
from loquet_server.models import Base
from loquet_server.settings import Settings

FORMAT = 1
PASSING = frozenset(
    {"idempotency_keys", "member_codes", "member_sessions", "operator_sessions",
     "sign_in_attempts"}
)  # fmt: skip
"""Tables that are left out."""
KEY_FILES = ("signing", "sealing", "pepper", "broker")
"""Without these a server cannot be told from another; what else is in the folder comes too."""
KEY_NAME = re.compile(r"[a-z][a-z0-9_-]{0,63}").fullmatch


@dataclass(frozen=True, slots=True)
class Written:
    """What was written: rows, and bytes of the file."""

    rows: int
    size: int
    keys: bool


class NoFolder(FileNotFoundError):
    """The folder for a backup is not there; the text says what to do."""

    def __init__(self, folder: Path) -> None:
        super().__init__(
            f"{folder.absolute()}: there is no such folder; if it is on a stick or another disk,"
            " mount that; else make the folder"
        )


def tables() -> list[Table]:
    """Return the tables of a backup, in the order of their references."""
    return [each for each in Base.metadata.sorted_tables if each.name not in PASSING]


async def write(
    settings: Settings, path: Path, passphrase: str, now_ms: int, *, keys: bool
) -> Written:
    """Write a backup, whole or not at all; raise OSError, such as for a full disk.

    Raise NoFolder rather than make the folder: that of a stick which is not mounted would be made
    on the disk that the backup is to outlive.
    """
    if not path.parent.is_dir():
        raise NoFolder(path.parent)
    part = path.with_name(f".{path.name}.part")
    try:
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            rows = await _fill(settings, Writer(file, passphrase), now_ms, keys)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    return Written(rows, path.stat().st_size, keys)


async def _fill(settings: Settings, writer: Writer, now_ms: int, keys: bool) -> int:
    packer = zlib.compressobj(6)

    def put(line: Any) -> None:
        writer.write(packer.compress((json.dumps(line, ensure_ascii=False) + "\n").encode()))

    database = Database(settings.database)
    try:
        async with database.engine.connect() as plain:
            if database.sqlite:
                connection = await plain.execution_options(reading=True)
            else:
                connection = await plain.execution_options(isolation_level="REPEATABLE READ")
            repository = BackupRepository(connection)
            put({"backup": FORMAT, "made_at": now_ms, "revision": await repository.revision(),
                 "software": version("loquet"), "keys": keys})  # fmt: skip
            if keys:
                _put_keys(settings.keys_folder, put)
            rows = 0
            for table in tables():
                async for row in _rows(repository, table, put):
                    put(row)
                    rows += 1
            put({"end": rows})
    finally:
        await database.close()
    writer.write(packer.flush())
    writer.close()
    return rows


def _put_keys(folder: Path, put: Callable[[Any], None]) -> None:
    others = [each.name for each in folder.iterdir() if each.is_file() and KEY_NAME(each.name)]
    for name in (*KEY_FILES, *sorted(set(others) - set(KEY_FILES))):
        put({"key": name, "text": (folder / name).read_text("ascii")})


async def _rows(
    repository: BackupRepository, table: Table, put: Callable[[Any], None]
) -> AsyncIterator[list[Any]]:
    put({"table": table.name, "columns": [column.name for column in table.columns]})
    binary = [isinstance(column.type, LargeBinary) for column in table.columns]
    async for row in repository.rows(table):
        yield [
            base64.b64encode(value).decode("ascii") if is_bytes and value is not None else value
            for value, is_bytes in zip(row, binary, strict=True)
        ]


def unpacked(chunks: Any) -> Any:
    """Yield the lines of a backup's content, parsed; raise ValueError or zlib.error."""
    unpacker, left = zlib.decompressobj(), b""
    for chunk in chunks:
        lines = (left + unpacker.decompress(chunk)).split(b"\n")
        left = lines.pop()
        yield from map(json.loads, lines)
    if not unpacker.eof:
        raise ValueError("its content ends too early")
