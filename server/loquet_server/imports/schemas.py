"""Imports over the API; what a line of the file asks for and what is wrong with it."""

from pydantic import BaseModel

from loquet_server.imports.columns import Field
from loquet_server.imports.draft import Outcome


class ComplaintOut(BaseModel):
    """What is wrong: the line of the file, its column, what it is and what to write."""

    line: int
    column: str
    text: str


class LineOut(BaseModel):
    """What one line would do, or did."""

    line: int
    outcome: Outcome
    name: str
    holder: str | None = None
    changes: list[str] = []


class ColumnOut(BaseModel):
    """A column, what it is read as (null: not at all), and some of what it holds."""

    column: int
    header: str
    field: Field | None = None
    samples: list[str] = []


class RunOut(BaseModel):
    """One import. ``complete`` false: a draft that changed nothing yet."""

    id: str
    site: str
    at: int
    actor: str
    file_name: str
    rows: int
    complete: bool
    undone_at: int | None
    created: int
    changed: int


class DraftOut(RunOut):
    """A draft with all that it would do."""

    encoding: str
    separator: str
    by_name: bool
    columns: list[ColumnOut]
    lines: list[LineOut]
    complaints: list[ComplaintOut]
    would_create: int
    would_change: int
    same: int
    more: int = 0
    """How many lines and complaints are not listed."""


class MappingIn(BaseModel):
    """What each column (by its number from 0) is read as.

    ``by_name``: a member whose mail does not fit is found by name.
    """

    columns: dict[int, Field]
    by_name: bool = False


class ApplyIn(BaseModel):
    """``skip``: leave out the lines with which something is wrong."""

    skip: bool = False
