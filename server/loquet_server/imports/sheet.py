"""A file of lines and columns, whatever program wrote it: encoding and separator are found. Pure.

Spreadsheets in France write cp1252 and semicolons, others UTF-8 and commas. Files are bounded
in every direction before anybody looks at what they say.
"""

import csv
import io
from collections import Counter
from dataclasses import dataclass

from loquet_server.web.i18n import N_

MOST_BYTES = 5 << 20
MOST_ROWS = 5_000
MOST_COLUMNS = 60
LONGEST_CELL = 2_000
SEPARATORS = (";", ",", "\t", "|")
LOOKED_AT = 20
"""Lines that are looked at for the separator."""


class UnreadableSheet(ValueError):
    """A file is no table; ``text`` and ``values`` say what is wrong and what to do."""

    def __init__(self, text: str, **values: object) -> None:
        super().__init__(text % values if values else text)
        self.text, self.values = text, values


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table; ``line`` is its number in the file, from 1."""

    line: int
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table with its first line as headers."""

    encoding: str
    separator: str
    headers: tuple[str, ...]
    rows: tuple[Row, ...]


def read(raw: bytes) -> Sheet:
    """Return the table of a file; raise UnreadableSheet."""
    if len(raw) > MOST_BYTES:
        raise UnreadableSheet(N_("The file is larger than 5 MB. Split it into several."))
    if raw[:4] == b"PK\x03\x04" or raw[:4] == b"\xd0\xcf\x11\xe0":
        raise UnreadableSheet(
            N_("This is a spreadsheet. In your program choose “Save as” and the format CSV.")
        )
    encoding, text = _decoded(raw)
    if "\0" in text:
        raise UnreadableSheet(N_("This is not a text file. Save the table as CSV."))
    separator = _separator(text)
    lines = _lines(text, separator)
    if not lines:
        raise UnreadableSheet(N_("The file is empty."))
    headers = tuple(cell.strip() for cell in lines[0].cells)
    if len(headers) > MOST_COLUMNS:
        raise UnreadableSheet(N_("The file has more than 60 columns."))
    if len(lines) == 1:
        raise UnreadableSheet(N_("The file has headers and no line below them."))
    return Sheet(encoding, separator, headers, tuple(lines[1:]))


def _decoded(raw: bytes) -> tuple[str, str]:
    for mark, encoding in ((b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16")):
        if raw.startswith(mark):
            return encoding, raw.decode(encoding, "replace")
    try:
        return "utf-8", raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        return "cp1252", raw.decode("cp1252", "replace")


def _separator(text: str) -> str:
    """Return the separator that splits the first lines most evenly; the first header decides."""
    lines = [line for line in text.splitlines()[:LOOKED_AT] if line.strip()]
    if not lines:
        return SEPARATORS[0]

    def fitness(separator: str) -> tuple[int, int]:
        counts = [len(next(csv.reader([line[:65_536]], delimiter=separator))) for line in lines]
        usual, often = Counter(counts).most_common(1)[0]
        return (often if usual > 1 else 0, counts[0])

    return max(SEPARATORS, key=fitness)


def _lines(text: str, separator: str) -> list[Row]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    found: list[Row] = []
    line = 1
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                if len(found) > MOST_ROWS:
                    raise UnreadableSheet(
                        N_("The file has more than %(most)s lines. Split it into several."),
                        most=MOST_ROWS,
                    )
                found.append(Row(line, tuple(cells[: MOST_COLUMNS + 1])))
            line = reader.line_num + 1
    except csv.Error as error:
        raise UnreadableSheet(
            N_("Line %(line)s cannot be read. Look for a quotation mark that is not closed."),
            line=reader.line_num,
        ) from error
    return found
