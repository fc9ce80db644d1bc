"""CSV that a spreadsheet opens as it is meant, and that runs nothing in it. Pure.

A cell that begins like a formula is preceded by an apostrophe (OWASP, CSV injection); our own
import takes it away again. UTF-8 with its mark, so that Excel reads accents; in French,
semicolons, as the comma is for decimals.
"""

import csv
import io
from collections.abc import Iterable, Sequence

from fastapi.responses import Response

MARK = "\N{ZERO WIDTH NO-BREAK SPACE}"
_DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def safe(cell: object) -> str:
    """Return a cell as text that no spreadsheet takes for a formula; a number is none."""
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        return str(cell)
    text = "" if cell is None else str(cell)
    text = text.replace("\x00", "")
    return f"'{text}" if text.startswith(_DANGEROUS) else text


def line(cells: Sequence[object], language: str) -> str:
    """Return one line, ended as RFC 4180 says."""
    written = io.StringIO(newline="")
    french = language == "fr"
    separator = ";" if french else ","
    texts = [_number(cell) if french and isinstance(cell, float) else safe(cell) for cell in cells]
    csv.writer(written, delimiter=separator, lineterminator="\r\n").writerow(texts)
    return written.getvalue()


def _number(cell: float) -> str:
    return str(cell).replace(".", ",")


def download(name: str, rows: Iterable[Sequence[object]], language: str) -> Response:
    """Return rows, the first of them the header, as a file to be kept."""
    text = MARK + "".join(line(row, language) for row in rows)
    headers = {
        "content-disposition": f'attachment; filename="{name}.csv"', "cache-control": "no-store",
    }  # fmt: skip
    return Response(text, media_type="text/csv; charset=utf-8", headers=headers)
