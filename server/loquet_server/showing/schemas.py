"""What a form says, and what the public is told."""

from typing import Literal

from pydantic import BaseModel

from loquet_server.usual.bands import Band


class ShowingForm(BaseModel):
    """Whether the space shows itself; a box that is not ticked says no."""

    enabled: bool = False


class PublicOut(BaseModel):
    """How full a space is, for everybody: a word, and only while it is open.

    ``band`` None: closed, or too little is known to say. ``opens``: when it opens next (ISO 8601,
    with its offset), None while it is open or where that is far away.
    """

    space: str
    state: Literal["open", "closed"]
    band: Band | None
    text: str
    opens: str | None
