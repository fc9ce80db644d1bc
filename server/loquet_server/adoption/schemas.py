"""Waiting units over the API, and the place that one is given."""

from typing import Annotated, Literal

from pydantic import BaseModel, Field, StringConstraints

from loquet_server.admission.taking import MOST_DESKS as _MOST_LOST

Short = Annotated[str, StringConstraints(strip_whitespace=True, max_length=64)]
Kind = Literal["one_door", "two_doors", "desks"]
MOST_DESKS = 8
"""That are made for a new unit."""
MOST_LOST_DESKS = _MOST_LOST


class WaitingOut(BaseModel):
    """A unit that asks to be let in; times in UTC milliseconds.

    ``way``: card, network or known. ``code`` is what the unit shows; of one that has no card, the
    second half is told by the unit alone.
    """

    id: str
    site: str
    state: str
    way: str
    code: str
    blinks: str
    model: str
    serial: str
    software: str
    address: str
    was: str | None
    unit: str | None
    first_at: int
    seen_at: int


class Place(BaseModel):
    """Where a unit goes. ``replaces``: it takes the place of that unit, and all that it has.

    ``code``: as the unit shows it. For a new place: ``name`` of the unit, what hangs on it, and
    the names of its doors; ``area``: into which the doors lead, or where the desks are.
    ``doors`` and ``lost_desks``: ids of doors and desks that have lost their unit, to be taken
    over as they are instead.
    """

    code: Short = ""
    replaces: Short = ""
    doors: Annotated[list[Short], Field(max_length=8)] = []
    lost_desks: Annotated[list[Short], Field(max_length=MOST_LOST_DESKS)] = []
    name: Short = ""
    kind: Kind = "one_door"
    door: Short = ""
    second_door: Short = ""
    area: Short = ""
    desks: int = 4
    seats: bool = False


class Adopted(BaseModel):
    """What a waiting unit became."""

    unit: str
    replaced: bool


class Window(BaseModel):
    """Until when units without a card are shown, UTC milliseconds."""

    open_until: int
