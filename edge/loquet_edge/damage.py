"""Which errors of SQLite mean that a file is not what was written, and which only wait."""

import sqlite3


def damaged(error: sqlite3.Error) -> bool:
    """True if the file itself is wrong; False for a disk that is full, locked or read-only.

    Source: https://sqlite.org/rescode.html, primary codes in the low byte.
    """
    return getattr(error, "sqlite_errorcode", 0) & 0xFF in (
        sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB,
    )  # fmt: skip
