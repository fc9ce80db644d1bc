"""What the pages of cards are given."""

from typing import Annotated

from pydantic import BaseModel, StringConstraints

PLACE = r"^[a-z0-9_-]{1,64}/[a-z0-9_-]{1,64}$"
Place = Annotated[str, StringConstraints(pattern=PLACE)]


class EncodeForm(BaseModel):
    """At which reader, as ``unit/reader``, the card will be held."""

    reader: Place
