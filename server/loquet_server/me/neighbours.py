"""What members' pages ask of other rooms; the house joins them."""

from dataclasses import dataclass
from datetime import date
from typing import Annotated, Protocol

from fastapi import Depends, Request
from sqlalchemy.ext.asyncio import AsyncSession

from loquet_contract.access.reasons import Reason
from loquet_server.membership_access.member import Member
from loquet_server.who import Actor


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a door would not open; ``when`` as the reason has it, UTC seconds."""

    reason: Reason
    when: int | None


@dataclass(frozen=True, slots=True)
class DoorsOfUnit:
    """What one unit's doors know of a blocked badge.

    ``confirmed_at``: since when, by its signature, it refuses the badge. Until then the badge
    could open there at most until ``opens_until``; None if nobody can say.
    """

    doors: tuple[str, ...]
    online: bool
    confirmed_at: int | None
    opens_until: int | None


class MonthUsed(Protocol):
    """One month's sum: days, half-days as halves; ``people`` None where too few to tell."""

    @property
    def month(self) -> str: ...

    @property
    def days(self) -> float: ...

    @property
    def people(self) -> int | None: ...


@dataclass(frozen=True, slots=True)
class Represented:
    """An organisation as its representative is told of it.

    ``left``: passes left of those that were bought, None where none are. In months with fewer
    than ``fewest`` people not even their number is told.
    """

    name: str
    months: tuple[MonthUsed, ...]
    left: int | None
    fewest: int


class ReleaseFailed(Exception):
    """A door was not released; ``detail`` says why and what to do.

    ``kind``: refused (by the unit), offline or silent, for which pages have words of their own.
    """

    def __init__(self, detail: str, status: int = 409, kind: str = "") -> None:
        super().__init__(detail)
        self.detail = detail
        self.status = status
        self.kind = kind


class Neighbours(Protocol):
    """Other rooms, as members' pages need them."""

    async def proof(
        self, session: AsyncSession, badge: str, actor: Actor
    ) -> tuple[DoorsOfUnit, ...]:
        """Return what every unit's doors know of a blocked badge; raise NotFound."""

    async def doors_now(
        self, session: AsyncSession, member: Member, now_ms: int
    ) -> dict[str, Refusal | None]:
        """Return what each door would answer the member's badge now; None: it would open."""

    async def day_counts(
        self, session: AsyncSession, member: Member, today: date
    ) -> Represented | None:
        """Return what is told of the organisation that a member speaks for; None for none."""

    async def release(self, door: str, reason: str, actor: str) -> None:
        """Release a door once; raise ReleaseFailed."""


def neighbours_of(request: Request) -> Neighbours:
    """Return the other rooms, as the application joined them."""
    found: Neighbours = request.app.state.neighbours
    return found


NeighboursDep = Annotated[Neighbours, Depends(neighbours_of)]
