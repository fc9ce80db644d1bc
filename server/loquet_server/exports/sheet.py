"""CSV that a spreadsheet opens as it is meant, and that runs nothing in it. Pure.

A cell that begins like a formula is preceded by an apostrophe (OWASP, CSV injection); our own
import takes it away again. UTF-8 with its mark, so that Excel reads accents; in French,
semicolons, as the comma is for decimals.
"""

import csv
import io
from collections.abc import Sequence

MARK = "\N{ZERO WIDTH NO-BREAK SPACE}"
_DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def safe(cell: object) -> str:
    """Return a cell as text that no spreadsheet takes for a formula."""
    text = "" if cell is None else str(cell)
    text = text.replace("\x00", "")
    return f"'{text}" if text.startswith(_DANGEROUS) else text


def line(cells: Sequence[object], language: str) -> str:
    """Return one line, ended as RFC 4180 says."""
    written = io.StringIO(newline="")
    separator = ";" if language == "fr" else ","
    csv.writer(written, delimiter=separator, lineterminator="\r\n").writerow(map(safe, cells))
    return written.getvalue()
