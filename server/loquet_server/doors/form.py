"""The forms of a door, of a way through it, and of an order with its reason."""

from typing import Annotated

from pydantic import BaseModel, Field

from loquet_contract.access.credential import Assurance
from loquet_contract.access.policy import AntiPassback, UntrustedClock
from loquet_server.commands import Said
from loquet_server.doors.schemas import AccessPointIn, DoorIn, PinAsked
from loquet_server.models import AccessPoint, Door
from loquet_server.people.text import Name
from loquet_server.timetable.names import Ref


class DoorForm(BaseModel):
    """What a person types of a door; a box that is not ticked says no."""

    name: Name
    unlock_schedule: Ref | None = None
    first_card: bool = False
    rank: Annotated[int, Field(ge=0, le=10_000)] = 0
    step: str = "look"

    def door(self) -> DoorIn:
        """Return what is meant."""
        return DoorIn(**self.model_dump(exclude={"step"}))


class WayForm(BaseModel):
    """What a person chooses of a way through a door."""

    exit: bool = False
    minimum_assurance: Assurance = Assurance.UID
    accepts_copies: bool = False
    untrusted_clock: UntrustedClock = UntrustedClock.ALWAYS_ONLY
    anti_passback: AntiPassback | None = None
    anti_passback_minutes: Annotated[int, Field(ge=1, le=24 * 60)] | None = None
    pin: PinAsked = PinAsked.NEVER
    badge_alone: Ref | None = None

    def way(self) -> AccessPointIn:
        """Return what is meant."""
        return AccessPointIn(**self.model_dump())


class ReasonForm(BaseModel):
    """Why an order is given."""

    reason: Said


def door_typed(row: Door) -> dict[str, object]:
    """Return a door as its form shows it."""
    return {
        "name": row.name,
        "unlock_schedule": row.unlock_schedule or "",
        "first_card": row.first_card,
        "rank": row.rank,
    }


def way_typed(row: AccessPoint, *, chosen: bool) -> dict[str, object]:
    """Return a way as its form shows it; ``chosen``: somebody has said what is asked of badges."""
    return {
        "exit": row.exit,
        "minimum_assurance": row.minimum_assurance,
        "accepts_copies": chosen and row.minimum_assurance == Assurance.UID,
        "untrusted_clock": row.untrusted_clock,
        "anti_passback": row.anti_passback or "",
        "anti_passback_minutes": row.anti_passback_minutes or "",
        "pin": row.pin,
        "badge_alone": row.badge_alone or "",
    }
