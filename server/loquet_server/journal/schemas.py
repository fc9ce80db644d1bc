"""The record over the API."""

from typing import Any

from pydantic import BaseModel


class EntryOut(BaseModel):
    """One fact; times in milliseconds, ``utc`` since the epoch.

    ``said``: what the unit's clock said, where it was not sure and ``utc`` is our estimate.
    """

    unit: str
    journal: str
    sequence: int
    utc: int
    trusted: bool
    said: int | None = None
    kind: str
    body: Any


class JournalOut(BaseModel):
    """A page, oldest first. ``after``: ask for it next; None at the end."""

    entries: list[EntryOut]
    after: str | None
