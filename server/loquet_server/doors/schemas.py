"""Doors, their ways and their lockdowns as the API shows them."""

from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from loquet_contract.access.credential import Assurance
from loquet_contract.access.policy import AntiPassback, UntrustedClock
from loquet_server.people.text import Name
from loquet_server.timetable.names import Ref


class PinAsked(StrEnum):
    """When a way in asks for the holder's PIN beside the badge."""

    NEVER = "never"
    ALWAYS = "always"
    OUTSIDE = "outside"
    """But within the hours of a schedule, when the badge alone is enough."""


class DoorOut(BaseModel):
    """A door and how it stands; times in UTC milliseconds."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    site: str
    unit: str | None
    name: str
    lock_kind: str
    exit_style: str
    has_contact: bool
    blocked: bool
    unlock_schedule: str | None
    first_card: bool
    rank: int
    leaf: str = "unknown"
    lock: str = "unknown"
    mode: str = "unknown"
    alarm: str | None = None
    lockdown: str | None = None
    changed_at: int | None = None
    revision: int = 0


class DoorIn(BaseModel):
    """What the server decides about a door. ``unlock_schedule``: when it stands unlocked.

    ``first_card``: only once somebody has come in by badge in that time.
    """

    model_config = ConfigDict(extra="forbid")

    name: Name
    unlock_schedule: Ref | None = None
    first_card: bool = False
    rank: Annotated[int, Field(ge=0, le=10_000)] = 0


class AccessPointIn(BaseModel):
    """One direction through a door. ``minimum_assurance``: 1 any number, 2 authenticated.

    ``accepts_copies``: said by whoever chooses 1: such badges can be copied. It is recorded.
    ``anti_passback_minutes``: for timed. ``badge_alone``: the schedule for ``pin`` outside.
    """

    model_config = ConfigDict(extra="forbid")

    exit: bool = False
    minimum_assurance: Assurance
    accepts_copies: bool = False
    untrusted_clock: UntrustedClock = UntrustedClock.ALWAYS_ONLY
    anti_passback: AntiPassback | None = None
    anti_passback_minutes: Annotated[int, Field(ge=1, le=24 * 60)] | None = None
    pin: PinAsked = PinAsked.NEVER
    badge_alone: Ref | None = None


class AccessPointOut(BaseModel):
    """One direction through a door as it is set."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    door: str
    reader: str
    area_from: str
    area_to: str
    exit: bool
    minimum_assurance: int
    untrusted_clock: str
    anti_passback: str | None
    anti_passback_minutes: int | None
    pin: str
    badge_alone: str | None


class LockdownOut(BaseModel):
    """A lockdown; ``confirmed_at`` is None until the unit has said that it is in force."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    site: str
    door: str
    actor: str
    reason: str
    since: int
    confirmed_at: int | None
    lifted_at: int | None
    lifted_by: str | None
