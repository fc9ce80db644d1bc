"""Units over the API."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from loquet_server.commands import Order, Said
from loquet_server.units.signs import Sign


class SignOut(BaseModel):
    """Something to look after; ``value`` is the figure or the name that shows it."""

    model_config = ConfigDict(from_attributes=True)

    sign: Sign
    grave: bool = Field(description="Somebody should go and look.")
    value: str | None = None


class UnitOut(BaseModel):
    """A unit and what it said last; times in UTC milliseconds.

    ``policy_current`` is the newest that we made; ``policy_version`` is what it enforces, since
    ``policy_enforced_at``. ``health`` holds what the unit could read, by these names: sizes in
    MiB (``disk_free_mb``, ``disk_total_mb``, ``memory_free_mb``, ``memory_total_mb``),
    ``temperature_c``, ``under_voltage`` (since its start), ``under_voltage_now``,
    ``throttled_now``, ``load_percent``, ``uptime_s``, ``link_uptime_s``, ``wifi_dbm``,
    ``certificate_ends`` (UTC seconds).
    """

    id: str
    site: str
    name: str
    software: str
    notes: str = ""
    enrolled_at: int | None
    revoked_at: int | None
    archived_at: int | None = None
    online: bool = False
    seen_at: int | None = None
    model: str | None = Field(default=None, description="'simulated' for a unit without hardware.")
    address: str | None = Field(default=None, description="Its own, as it sees it.")
    clock_trusted: bool | None = None
    clock_source: str | None = Field(
        default=None,
        description="By whose word it knows the time: network, hardware, configured, signed, none.",
    )
    journal: str | None = None
    last_sequence: int = 0
    acknowledged: int = 0
    backlog: int = 0
    policy_version: int | None = None
    policy_current: int | None = None
    policy_enforced_at: int | None = None
    desired_version: int | None = None
    readers: dict[str, Any] | None = None
    desk_readers: dict[str, Any] | None = Field(
        default=None, description="Which of the readers stand at a desk, and at which."
    )
    health: dict[str, Any] | None = None
    signs: list[SignOut] = Field(
        default=[], description="What to look after, the grave ones first."
    )
    revision: int = 0

    @property
    def rank(self) -> int:
        """0 where somebody should go and look, 1 where something is to be watched, else 2."""
        return min((0 if each.grave else 1 for each in self.signs), default=2)


class UnitChange(BaseModel):
    """What people call a unit, and what they noted about it."""

    name: Said
    notes: str = Field(default="", max_length=2000)


class LogOrder(Order):
    """Why somebody wants a unit's log."""


class LogAsked(BaseModel):
    """A log was asked for; it comes within seconds. Ask again for it by ``command``."""

    command: str
    outcome: str
    detail: str = ""


class LogOut(BaseModel):
    """A unit's log: shown once, and forgotten."""

    command: str
    unit: str
    came_at: int
    text: str
