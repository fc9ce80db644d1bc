"""What has had its time: which rows of which table, by which of their moments."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Column, Table, and_, not_

from loquet_server.models import Base

Condition = Callable[[Table], Any]


@dataclass(frozen=True, slots=True)
class Old:
    """Rows of ``table`` go once ``column`` is older than the kind's days.

    ``scale``: ms, s (UTC) or day (an ISO date). ``only``: what else must be so. ``days``: fixed
    days instead of the kind's, for what lives shorter than anybody would set.
    """

    kind: str
    table: str
    column: str
    scale: str = "ms"
    only: Condition | None = None
    days: int | None = None

    @property
    def place(self) -> Table | None:
        """The table, None where this server has none."""
        return Base.metadata.tables.get(self.table)

    def past(self, cutoff_ms: int, cutoff_day: str) -> Any:
        """Return the condition for rows whose time is over."""
        table = self.place
        assert table is not None
        column: Column[Any] = table.c[self.column]
        limit = {"ms": cutoff_ms, "s": cutoff_ms // 1000, "day": cutoff_day}[self.scale]
        condition = column < limit
        return condition if self.only is None else and_(condition, self.only(table))


def _ended(table: Table) -> Any:
    return table.c.ended_at.is_not(None)


def _help(table: Table) -> Any:
    return table.c.kind == "help_asked"


def _guests(table: Table) -> Any:
    return table.c.source == "guest"


def _others(table: Table) -> Any:
    return not_(_guests(table))


def _used(table: Table) -> Any:
    return table.c.used_at.is_not(None)


PERIODS: tuple[Old, ...] = (
    Old("passages", "passages", "at"),
    Old("unknown_badges", "badge_enrolments", "asked_at"),
    Old("bookings", "bookings", "ends_at"),
    Old("bookings", "booking_feeds", "revoked_at"),
    Old("bookings", "extra_windows", "ends_at", only=_others),
    Old("guests", "extra_windows", "ends_at", only=_guests),
    Old("help_requests", "help_requests", "asked_at"),
    Old("help_requests", "incidents", "last_at", only=_help),
    Old("help_requests", "here_today", "until", days=0),
    Old("member_sign_ins", "member_sessions", "seen_at"),
    Old("member_sign_ins", "member_codes", "expires_at", days=1),
    Old("member_sign_ins", "member_links", "revoked_at"),
    Old("evidence", "pass_uses", "day", "day"),
    Old("evidence", "pass_purchases", "at"),
    Old("evidence", "memberships", "ends_on", "day"),
    Old("evidence", "subscriptions", "ends_on", "day"),
    Old("audit", "audit", "at"),
    Old("audit", "lockdowns", "lifted_at"),
    Old("looks", "looks", "last_at"),
    Old("operator_sign_ins", "operator_sessions", "seen_at"),
    Old("operator_sign_ins", "sign_in_attempts", "at", days=1),
    Old("operator_sign_ins", "one_time_codes", "expires_at"),
    Old("operator_sign_ins", "one_time_codes", "created_at", only=_used),
    Old("operator_sign_ins", "api_tokens", "revoked_at"),
    Old("operator_sign_ins", "idempotency_keys", "at", days=1),
    Old("incidents", "incidents", "last_at", only=_ended),
    Old("dead_letters", "dead_letters", "received_at"),
    Old("imports", "import_runs", "at"),
    Old("deliveries", "hook_deliveries", "at"),
    Old("deliveries", "notices", "at"),
    Old("incidents", "incident_mutes", "until"),
    Old("audit", "purge_runs", "at"),
    Old("audit", "people_corrections", "at"),
    Old("audit", "follow_ups", "at"),
)


def of_site(table: Table, site: str | None) -> Any:
    """Return the condition for rows of a site; of no site, or all where there are none, for None.

    A row without a site is everybody's: the shortest of all periods counts for it.
    """
    column = table.c.get("site")
    if column is None:
        return site is None
    return column.is_(None) if site is None else column == site
