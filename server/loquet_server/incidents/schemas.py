"""Incidents over the API; times in UTC milliseconds."""

from pydantic import BaseModel, ConfigDict


class IncidentOut(BaseModel):
    """Something that a manager should be told; open while ``ended_at`` is None."""

    model_config = ConfigDict(from_attributes=True)

    id: int
    site: str | None
    unit: str | None
    kind: str
    subject: str
    detail: str
    count: int
    first_at: int
    last_at: int
    ended_at: int | None
    ended_by: str | None
    revision: int
