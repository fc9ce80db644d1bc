"""Organisations over the API and in forms."""

from typing import Literal

from pydantic import BaseModel, ConfigDict

from loquet_server.people.text import Id, Line, Mail, Name

Kind = Literal["employer", "commune", "association", "other"]


class OrganisationFields(BaseModel):
    """What is written down of an organisation."""

    name: Name
    kind: Kind = "employer"
    contact_name: Line = ""
    contact_mail: Mail = ""


class OrganisationIn(OrganisationFields):
    """A new organisation. ``site`` may be left out where there is but one."""

    site: Id | None = None


class OrganisationOut(BaseModel):
    """An organisation."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    site: str
    name: str
    kind: str
    contact_name: str
    contact_mail: str
    archived_at: int | None


class DaysOut(BaseModel):
    """How much of its passes an organisation used in a month: counts, never who came when.

    ``days``: passes used, a half-day counts a half. ``people``: how many used any; None where
    there are too few people for that to say nothing of one of them.
    """

    month: str
    days: float
    people: int | None
