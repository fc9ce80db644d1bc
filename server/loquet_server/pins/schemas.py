"""PINs as the API and the forms know them; the digits themselves only where they are given."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, SecretStr

from loquet_contract.access.pin import LONGEST, SHORTEST

Length = Annotated[int, Field(ge=SHORTEST, le=LONGEST)]


class PinOut(BaseModel):
    """That a member has a PIN. ``made_by``: member or operator; times in UTC milliseconds.

    ``ends_at``: it became too short for the space, and counts until then.
    """

    model_config = ConfigDict(from_attributes=True)

    holder: str
    length: int
    made_by: str
    made_at: int
    ends_at: int | None = None


class PinMade(PinOut):
    """A new PIN, shown this once."""

    pin: str


class PinRuleIn(BaseModel):
    """How many digits a new PIN has at least."""

    model_config = ConfigDict(extra="forbid")

    length: Length


class PinRuleOut(BaseModel):
    """How long PINs are in a space, for how many people that is enough, and how many have one."""

    model_config = ConfigDict(from_attributes=True)

    site: str
    length: int
    people: int
    enough_for: int


class PinChosen(BaseModel):
    """What a member types: the PIN, and again; neither is ever shown."""

    pin: SecretStr
    again: SecretStr
