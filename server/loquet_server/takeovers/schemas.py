"""What a unit takes over, over the API and in the form."""

from typing import Annotated

from pydantic import BaseModel, Field, StringConstraints

from loquet_server.admission.taking import MOST_DESKS, MOST_DOORS

Id = Annotated[str, StringConstraints(strip_whitespace=True, max_length=64)]


class TakeOver(BaseModel):
    """Ids of doors and desks that have lost their unit."""

    doors: Annotated[list[Id], Field(max_length=MOST_DOORS)] = []
    desks: Annotated[list[Id], Field(max_length=MOST_DESKS)] = []


class Lost(BaseModel):
    """A door or a desk that has lost its unit; ``unit``: which, if that is still known."""

    id: str
    name: str
    unit: str | None


class Offer(BaseModel):
    """What a unit may take over."""

    doors: list[Lost]
    desks: list[Lost]
