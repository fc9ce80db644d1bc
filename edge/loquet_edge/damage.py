"""Which errors of SQLite mean that a file is not what was written, and which only wait."""

import sqlite3

FAULTS = (sqlite3.Error, UnicodeDecodeError)
"""What reading a file may raise: of a schema that has rotted, Python cannot even read the error."""


def damaged(error: sqlite3.Error | UnicodeDecodeError) -> bool:
    """True if the file itself is wrong; False for a disk that is full, locked or read-only.

    Source: https://sqlite.org/rescode.html, primary codes in the low byte. Text that is no UTF-8
    any more is told by Python's module, without a code.
    """
    if isinstance(error, UnicodeDecodeError) or str(error).startswith("Could not decode to UTF-8"):
        return True
    return getattr(error, "sqlite_errorcode", 0) & 0xFF in (
        sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB,
    )  # fmt: skip
