"""Why, who and when, over the API."""

from pydantic import BaseModel, Field

from loquet_server.foresight.ladder import Rung, Step


class StepOut(BaseModel):
    """One rung of the ladder, and what came of it."""

    rung: Rung
    step: Step
    words: str


class WayOut(BaseModel):
    """One right of the member, and what it says by itself. UTC seconds.

    ``opens`` and ``opens_again``: its hours on that local day, and their next beginning.
    """

    rule: str
    plan: str | None = None
    name: str
    answer: str
    reason: str | None = None
    words: str = ""
    when: int | None = None
    always: bool = False
    opens: list[tuple[int, int]] = []
    opens_again: int | None = None
    valid_from: int | None = None
    valid_until: int | None = None
    grace_from: int | None = None
    left: int | None = None
    """Passes left then, where it takes passes."""


class AdviceOut(BaseModel):
    """What to do about it, and where."""

    words: str
    href: str


class Explanation(BaseModel):
    """What the rule says of one request at one moment; times: ``at`` ms, ``when`` seconds, UTC.

    ``words``: for the manager; ``said``: what the member read. ``recorded`` is what the unit
    did; ``agrees`` whether it did what the rule says.
    """

    answer: str
    """granted or denied."""
    reason: str | None = None
    words: str = ""
    exact: str = ""
    """The whole answer in one sentence, with names and times."""
    said: str = ""
    when: int | None = None
    rule: str | None = None
    holder: str | None = None
    member: str | None = None
    access_point: str
    door: str = ""
    area: str = ""
    at: int
    policy_version: int | None = None
    recorded: str | None = None
    agrees: bool | None = None
    doubt: str = ""
    """Why unit and server may judge differently, where they do."""
    ladder: list[StepOut] = []
    also: list[str] = []
    """What would have refused as well, in the manager's words."""
    ways: list[WayOut] = []
    advice: list[AdviceOut] = []


class EntrantOut(BaseModel):
    """Somebody who may enter, or why not."""

    holder: str
    name: str
    by: str = ""
    """The plan that lets in."""
    doors: list[str] = []
    badge: bool = True
    reason: str | None = None
    words: str = ""
    when: int | None = None


class AreaOutlook(BaseModel):
    """Who may enter an area at an instant (UTC milliseconds), should they come."""

    area: str
    name: str
    at: int
    may: list[EntrantOut]
    may_not: list[EntrantOut]
    more: int = 0
    """How many are not listed."""


class SpanOut(BaseModel):
    """From ``start`` until ``end`` (UTC seconds), by which plan."""

    start: int
    end: int
    by: str = ""


class AreaSpans(BaseModel):
    """When somebody may enter one area."""

    area: str
    name: str
    spans: list[SpanOut]


class MemberOutlook(BaseModel):
    """When somebody may enter what; ``start`` and ``end`` in UTC seconds."""

    holder: str
    name: str
    timezone: str
    badge: bool
    suspended: bool
    start: int
    end: int
    areas: list[AreaSpans]


class WhatIf(BaseModel):
    """Hours of a schedule that might be saved: OpenStreetMap ``opening_hours``."""

    schedule: str = Field(max_length=64)
    hours: str = Field(max_length=4000)
    days: int = Field(28, ge=1, le=366)


class ChangeOut(BaseModel):
    """What one member gains and loses in one area; UTC seconds."""

    holder: str
    name: str
    area: str
    gained: list[tuple[int, int]]
    lost: list[tuple[int, int]]


class WeekdayOut(BaseModel):
    """How many members gain or lose time on a weekday (0 Monday to 6)."""

    weekday: int
    gain: int
    lose: int


class Changes(BaseModel):
    """What would change for whom."""

    start: int
    end: int
    weekdays: list[WeekdayOut]
    members: list[ChangeOut]
    more: int = 0
