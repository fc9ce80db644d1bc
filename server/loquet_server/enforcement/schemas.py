"""What doors enforce, as it is shown. Times in UTC milliseconds."""

from pydantic import BaseModel


class Lasting(BaseModel):
    """How long one plan's badges still open this unit's doors, if it never hears of us again.

    ``plan`` None: guests and bookings. ``warns_at``: when units begin to warn of it.
    """

    plan: str | None
    name_fr: str = ""
    name_en: str = ""
    warns_at: int
    ends_at: int


class UnitEnforcement(BaseModel):
    """A unit, its doors, and which version of its policy they go by.

    ``newest`` was made at ``made_at``; ``version`` is what the unit said it enforces, since
    ``enforced_at``, which was ``took_ms`` after it was made. ``behind_since``: when the first
    version was made that it does not have.
    """

    unit: str
    name: str
    site: str
    doors: list[str]
    online: bool
    seen_at: int | None
    clock_trusted: bool | None
    newest: int | None
    made_at: int | None
    version: int | None
    enforced_at: int | None
    took_ms: int | None
    behind_since: int | None
    lasting: list[Lasting]


class DoorProof(BaseModel):
    """What one unit's doors know of a badge.

    ``version`` is the first of its versions in which the badge opens nothing, made at ``made_at``;
    ``confirmed_at``: when the unit, by its signature, said that it enforces it. Until then
    ``opens_until`` is the last instant at which the badge could open there; None if the unit's
    clock is not to be trusted, so that nobody can say.
    """

    unit: str
    name: str
    doors: list[str]
    online: bool
    seen_at: int | None
    version: int | None
    made_at: int | None
    confirmed_at: int | None
    opens_until: int | None


class BadgeProof(BaseModel):
    """Where a badge opens nothing any more, and where it may still.

    ``why``: ``blocked`` (the badge is lost, returned, blocked or nobody's), ``suspended`` or
    ``archived`` (its member); None while it opens doors. ``everywhere``: every unit has confirmed.
    """

    badge: str
    label: str
    last4: str
    member: str | None
    why: str | None
    everywhere: bool
    doors: list[DoorProof]
