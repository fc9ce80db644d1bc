"""Where a person is named: found in the tables' own columns, so that no table is forgotten."""

import re
from collections.abc import Iterable
from typing import Any

from sqlalchemy import JSON, Column, LargeBinary, String, Table

from loquet_server.models import Base, Holder

HOLDERS: Table = Holder.__table__  # type: ignore[assignment]
ERASED = "erased"
"""What stands where a person was named."""
EVIDENCE = {"pass_uses", "pass_accounts", "subscriptions", "memberships"}
"""Accounting evidence: goes on under a number that names nobody."""
_COMPILED = {"policy_records"}
"""What the publisher compiles from the rest: it changes, or is gone, when that does."""
_NAMES = {"holder", "assigned_holder"}
_STRUCTURE = {
    "access_points", "api_tokens", "areas", "booking_resources", "booking_terms",
    "calendar_entries", "crossings", "desired_states", "desks", "door_states", "doors",
    "entries", "equipment", "erasures", "floor_images", "floors", "holders", "hooks",
    "idempotency_keys", "journals", "looks", "one_time_codes", "operator_sessions",
    "operators", "organisations", "passages", "plans", "policies", "policy_records",
    "policy_sites", "policy_snapshots", "preferences", "privacy_settings", "rules",
    "schedules", "sensor_plans", "sensor_words", "sensors", "sign_in_attempts", "sites",
    "unit_states", "units",
}  # fmt: skip
"""Tables that describe the house or the operators, or that are seen to by name."""
_SECRET = re.compile(r"digest|sealed|secret|password|csrf|salt|chain")


def holder_columns(table: Table) -> list[Column[Any]]:
    """Return the columns that hold a person's id."""
    return [
        column
        for column in table.columns
        if any(key.column is HOLDERS.c.id for key in column.foreign_keys)
        or (column.name in _NAMES and table is not HOLDERS)
    ]


def naming() -> list[Table]:
    """Return the tables that name people by their id, children before what they refer to."""
    return [
        table
        for table in reversed(Base.metadata.sorted_tables)
        if table is not HOLDERS and table.name not in _COMPILED and holder_columns(table)
    ]


def children(table: Table) -> list[tuple[Table, Column[Any], Column[Any]]]:
    """Return what refers to a table: each table with its column, and the column referred to."""
    return [
        (other, column, key.column)
        for other in Base.metadata.sorted_tables
        for column in other.columns
        for key in column.foreign_keys
        if key.column.table is table and other is not table
    ]


def text_columns(table: Table) -> list[Column[Any]]:
    """Return the columns in which people write, or programs tell: names may stand there."""
    if table.name in _STRUCTURE:
        return []
    return [
        column
        for column in table.columns
        if isinstance(column.type, String | JSON)
        and not column.primary_key
        and not column.foreign_keys
        and column.name not in _NAMES
        and not _SECRET.search(column.name)
        and (isinstance(column.type, JSON) or (column.type.length or 1000) >= 64)
    ]


def telling() -> list[Table]:
    """Return the tables that have such columns."""
    return [table for table in Base.metadata.sorted_tables if text_columns(table)]


def shown_columns(table: Table) -> list[Column[Any]]:
    """Return the columns that a person may be shown of themselves: no secret, no bytes."""
    return [
        column
        for column in table.columns
        if not _SECRET.search(column.name) and not isinstance(column.type, LargeBinary)
    ]


class Scrubber:
    """Replaces a person's name, addresses and ids in what was written; whole words only."""

    def __init__(self, words: Iterable[str]) -> None:
        self.words = sorted({word for word in words if len(word) >= 2}, key=len, reverse=True)
        parts = "|".join(re.escape(word) for word in self.words)
        self._pattern = re.compile(rf"(?<!\w)(?:{parts})(?!\w)") if parts else None

    def scrubbed(self, value: Any) -> Any:
        """Return a text, or a document of texts, without the words."""
        if isinstance(value, str):
            return value if self._pattern is None else self._pattern.sub(ERASED, value)
        if isinstance(value, list):
            return [self.scrubbed(each) for each in value]
        if isinstance(value, dict):
            return {self.scrubbed(key): self.scrubbed(each) for key, each in value.items()}
        return value
