"""Incidents over the API; times in UTC milliseconds."""

from datetime import date
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, computed_field

from loquet_server.incidence.kinds import Severity, kind_of
from loquet_server.incidence.life import State, Step
from loquet_server.incidence.raising import life_of
from loquet_server.models import Incident

NOTE_LENGTH = 500
MUTE_DAYS = 90
Note = Annotated[str, StringConstraints(strip_whitespace=True, max_length=NOTE_LENGTH)]
Reason = Annotated[str, StringConstraints(strip_whitespace=True, max_length=300)]
Said = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=NOTE_LENGTH)
]


class IncidentOut(BaseModel):
    """Something that a manager should be told; ``ended_by`` None: it ended by itself.

    ``round`` counts how often people were told anew; ``part_of``: what explains it.
    """

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
    acknowledged_at: int | None = None
    acknowledged_by: str | None = None
    round: int = 1
    part_of: int | None = None
    state: State = State.OPEN

    @computed_field  # type: ignore[prop-decorator]
    @property
    def severity(self) -> Severity:
        """How grave this kind is."""
        return kind_of(self.kind).severity

    @classmethod
    def of(cls, row: Incident) -> "IncidentOut":
        """Return a row as it is shown."""
        return cls.model_validate({**_plain(row), "state": life_of(row).state})


def _plain(row: Incident) -> dict[str, object]:
    names = (name for name in IncidentOut.model_fields if name != "state")
    return {name: getattr(row, name) for name in names}


class StepOut(BaseModel):
    """A part of an incident's story; ``actor`` None: by itself."""

    model_config = ConfigDict(from_attributes=True)

    at: int
    step: Step
    actor: str | None
    note: str


class StoryOut(IncidentOut):
    """One incident with all that was done; ``muted_until``: nobody is told of such until then."""

    steps: list[StepOut] = Field(default_factory=list)
    muted_until: int | None = None


class NoteIn(BaseModel):
    """A word to a deed; it goes into the record."""

    note: Note = ""


class SaidIn(BaseModel):
    """A note that stands by itself."""

    note: Said


class MuteIn(BaseModel):
    """Until when nobody is told of such incidents of this unit: this day included."""

    until: date
    reason: Reason = ""
