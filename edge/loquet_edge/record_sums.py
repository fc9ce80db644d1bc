"""Each record of the policy on the disk carries a sum: what has rotted is not believed.

SQLite finds a torn page, but not a flipped bit inside a value, and a bit is enough to let
somebody in for ten years. The sum stands inside the record's own JSON, where who does not know it
passes over it; a record without one was written by an older version and counts as it stands.
"""

import contextlib
import sqlite3
from collections.abc import Iterable
from zlib import crc32

_MARK = b',"~":"'
_LENGTH = len(_MARK) + 8 + len(b'"}')
_CHUNK = 1000


def marked(line: str) -> str:
    """Return a record's canonical line with its sum."""
    return all_marked((line,))[0]


def all_marked(lines: Iterable[str]) -> list[str]:
    """Return records' canonical lines, each with its sum."""
    mark = _MARK.decode()
    return [
        f'{line[:-1]}{mark}{crc32(line.encode()):08x}"}}' if line[-1:] == "}" else line
        for line in lines
    ]


def plain(body: bytes) -> bytes | None:
    """Return the line that was written, without its sum; None if it is another by now."""
    if not _is_marked(body):
        return body
    line = body[:-_LENGTH] + b"}"
    return line if b"%08x" % crc32(line) == body[-10:-2] else None


def prove(db: sqlite3.Connection) -> int:
    """Return how many records are not what was written; give those of an older version a sum."""
    rotten, last = 0, ""
    db.text_factory = bytes
    page = "SELECT key, body FROM records WHERE key > ? ORDER BY key LIMIT ?"
    while chunk := db.execute(page, (last, _CHUNK)).fetchall():
        old = []
        for key, body in chunk:
            if not isinstance(body, bytes) or plain(body) is None:
                rotten += 1
            elif not _is_marked(body):
                old.append((marked(readable(body)), key))
        last = readable(chunk[-1][0])
        with contextlib.suppress(sqlite3.OperationalError):  # a full disk: they stay as they are
            db.executemany("UPDATE records SET body = ? WHERE key = CAST(? AS TEXT)", old)
    db.text_factory = readable
    return rotten


def readable(raw: bytes) -> str:
    """Return text whatever became of it: what is unreadable fits no sum and no signature."""
    return raw.decode("utf-8", "replace")


def _is_marked(body: bytes) -> bool:
    return body[-_LENGTH : -_LENGTH + len(_MARK)] == _MARK
