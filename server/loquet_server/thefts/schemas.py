"""What is said of a theft."""

from typing import Annotated, Any

from pydantic import BaseModel, Field, StringConstraints


class TheftIn(BaseModel):
    """Why a unit is reported stolen."""

    reason: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=300)]


class TheftForm(TheftIn):
    """The same on a page, where it is also confirmed."""

    sure: bool = False


class TheftOut(BaseModel):
    """A theft that was reported; times in UTC milliseconds. ``known``: what was on the unit."""

    id: str
    site: str
    unit: str
    at: int
    actor: str
    reason: str
    doors: list[str]
    known: dict[str, Any]
    waits_for: list[str] = Field(default_factory=list)
    """Units on which the rotation waits."""
    pepper_retired: bool = False
    """What the thief can work out of the unit is of no use to the other doors any more."""
