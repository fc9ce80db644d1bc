"""What a form says of a screen."""

from typing import Literal

from pydantic import BaseModel, Field

from loquet_server.people.text import Name


class ScreenForm(BaseModel):
    """A screen to set up; ``areas`` empty: all."""

    name: Name
    areas: list[str] = Field(default_factory=list, max_length=100)
    language: Literal["fr", "en"] = "fr"
    names: bool = False
