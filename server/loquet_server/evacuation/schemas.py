"""The evacuation list, as pages and programs read it. Times in UTC milliseconds."""

from pydantic import BaseModel

from loquet_server.people.text import Line
from loquet_server.timetable.names import Long


class Person(BaseModel):
    """Somebody who is inside, or may be. ``sure`` False: may have left unseen."""

    holder: str
    name: str
    kind: str
    since: int
    sure: bool


class AreaPeople(BaseModel):
    """Who may be in an area.

    ``present``, ``low``, ``high`` only where exits are sensed; ``unnamed``: of these, so many
    whom no badge names; ``unnamed_most``: at most so many.
    """

    area: str
    name: str
    exit_sensing: bool
    present: int | None
    low: int | None
    high: int | None
    unnamed: int
    unnamed_most: int
    reasons: list[str]
    people: list[Person]


class Visit(BaseModel):
    """A guest who is announced for now, and was seen at no door."""

    holder: str
    name: str
    area: str
    host: str
    starts_at: int
    ends_at: int


class EvacuationList(BaseModel):
    """Who may be inside at ``made_at``. ``certain``: exits are sensed in all areas."""

    site: str
    space: str
    made_at: int
    meeting_point: str
    instructions: str
    certain: bool
    areas: list[AreaPeople]
    visits: list[Visit]

    @property
    def named(self) -> int:
        """How many people are on the list by name."""
        return sum(len(area.people) for area in self.areas) + len(self.visits)

    @property
    def unnamed(self) -> int:
        """How many more are probably inside."""
        return sum(area.unnamed for area in self.areas)

    @property
    def holders(self) -> list[str]:
        """Whom this list names."""
        people = [person.holder for area in self.areas for person in area.people]
        return sorted({*people, *(visit.holder for visit in self.visits)})


class PlanForm(BaseModel):
    """Where people meet, and what else is to be done."""

    meeting_point: Line = ""
    instructions: Long = ""
