"""Holders over the API; validity in UTC seconds, half-open."""

from pydantic import BaseModel, ConfigDict, Field


class HolderIn(BaseModel):
    """A new holder."""

    site: str
    name: str = Field(min_length=1, max_length=200)
    plan: str | None = None
    valid_from: int | None = Field(None, ge=0, lt=2**53)
    valid_until: int | None = Field(None, ge=0, lt=2**53)
    extended_release: bool = False
    may_lift_lockdown: bool = False


class HolderOut(HolderIn):
    """A holder."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    suspended: bool
