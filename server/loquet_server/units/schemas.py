"""Units over the API."""

from typing import Any

from pydantic import BaseModel


class UnitOut(BaseModel):
    """A unit and what it said last; times in UTC milliseconds.

    ``policy_current`` is the newest that we made; ``policy_version`` is what it enforces.
    """

    id: str
    site: str
    name: str
    software: str
    enrolled_at: int | None
    revoked_at: int | None
    online: bool = False
    seen_at: int | None = None
    clock_trusted: bool | None = None
    journal: str | None = None
    last_sequence: int = 0
    acknowledged: int = 0
    backlog: int = 0
    policy_version: int | None = None
    policy_current: int | None = None
    desired_version: int | None = None
    readers: dict[str, Any] | None = None
    health: dict[str, Any] | None = None
    revision: int = 0
