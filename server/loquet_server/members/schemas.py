"""Members over the API and in forms; days are local ISO dates."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from loquet_server.people.text import Day, Id, Line, Mail, Name, Note, Price, Reason, Short

Kind = Literal["member", "guest", "staff", "volunteer"]
State = Literal["active", "suspended", "ending", "without_badge", "archived", "all"]


class MemberFields(BaseModel):
    """What is written down of a person.

    ``access_from`` and ``access_until`` (its last day) narrow what plans allow.
    """

    name: Name
    kind: Kind = "member"
    mail: Mail = ""
    phone: Short = ""
    language: Literal["fr", "en"] = "fr"
    organisation: Id | None = None
    represents: bool = False
    note: Note = ""
    access_from: Day | None = None
    access_until: Day | None = None
    extended_release: bool = False
    may_lift_lockdown: bool = False


class MemberIn(MemberFields):
    """A new member. ``site`` may be left out where there is but one."""

    site: Id | None = None


class MemberChange(BaseModel):
    """What is to be changed; what is left out stays as it is."""

    name: Name | None = None
    kind: Kind | None = None
    mail: Mail | None = None
    phone: Short | None = None
    language: Literal["fr", "en"] | None = None
    organisation: Id | None = None
    represents: bool | None = None
    note: Note | None = None
    access_from: Day | None = None
    access_until: Day | None = None
    extended_release: bool | None = None
    may_lift_lockdown: bool | None = None


class MemberOut(BaseModel):
    """A member. Moments in UTC: ``valid_*`` in seconds, ``*_at`` in milliseconds."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    site: str
    name: str
    kind: str
    mail: str
    phone: str
    language: str
    organisation: str | None
    represents: bool
    note: str
    valid_from: int | None
    valid_until: int | None
    suspended: bool
    suspended_reason: str
    extended_release: bool
    may_lift_lockdown: bool
    created_at: int
    archived_at: int | None


class Suspension(BaseModel):
    """Why a member may not come in for now."""

    reason: Reason


class MembershipIn(BaseModel):
    """One year's membership (adhesion); ``ends_on`` is its last day."""

    starts_on: Day
    ends_on: Day
    price: Price = ""
    paid_on: Day | None = None


class MembershipOut(BaseModel):
    """One year's membership (adhesion)."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    holder: str
    starts_on: Day
    ends_on: Day
    price: str
    paid_on: Day | None


class Wanted(BaseModel):
    """Which members to list."""

    q: Line = ""
    plan: Annotated[str, Field(max_length=64)] = ""
    organisation: Annotated[str, Field(max_length=64)] = ""
    kind: Kind | None = None
    state: State = "active"
