"""Floors over the API."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from loquet_server.floorplan.plan import HIGHEST, LOWEST, Plan
from loquet_server.people.text import Name
from loquet_server.timetable.names import Ref

Height = Annotated[int, Field(ge=LOWEST, le=HIGHEST)]


class FloorIn(BaseModel):
    """A floor and its plan. Lengths are thousandths of the plan's width."""

    model_config = ConfigDict(extra="forbid")

    name: Name
    height: Height = 600
    plan: Plan = Plan()


class NewFloor(FloorIn):
    """A floor of a site; it comes last."""

    site: Ref


class ChangedFloor(FloorIn):
    """A floor as it shall be. ``revision``: of the floor that was read before."""

    revision: Annotated[int, Field(ge=1, lt=2**31)]


class FloorOut(BaseModel):
    """A floor. ``image``: the address of the picture under its plan."""

    id: str
    site: str
    name: str
    rank: int
    height: int
    image: str | None
    plan: Plan
    revision: int
