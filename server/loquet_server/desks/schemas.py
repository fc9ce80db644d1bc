"""Desks over the API."""

from pydantic import BaseModel


class DeskOut(BaseModel):
    """A desk and its state; ``since`` in UTC milliseconds."""

    id: str
    site: str
    area: str
    unit: str | None
    name: str
    state: str = "unknown"
    evidence: str | None = None
    since: int | None = None
    revision: int = 0
