"""A restore that somebody has to see to."""

from typing import Literal

from pydantic import BaseModel


class RefusedBadge(BaseModel):
    """A badge that opens doors now, and that one refused in between; no number, no name."""

    id: str
    label: str
    last4: str


class RestorationOut(BaseModel):
    """The last restore; moments in UTC milliseconds.

    ``barred_again``: a database was replaced, and whom it had barred since the backup is barred
    again; False where nobody can know. ``refused``: what units have told since, for who may know
    of badges: a door had refused these between backup and restore, as blocked or suspended.
    """

    restored_at: int
    made_at: int
    barred_again: bool
    refused: list[RefusedBadge] = []


class EndForm(BaseModel):
    """From which page somebody ends the notice."""

    back: Literal["/", "/units"] = "/"
