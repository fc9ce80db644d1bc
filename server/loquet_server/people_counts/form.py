"""The form of a correction."""

from typing import Annotated

from pydantic import BaseModel, Field

from loquet_server.people.text import Line


class CorrectionForm(BaseModel):
    """What a person types who has counted."""

    people: Annotated[int, Field(ge=0, le=100_000)]
    reason: Line = ""
