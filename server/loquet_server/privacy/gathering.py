"""All that is kept of one person, table by table, for them to read and to take away."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from loquet_server.errors import NotFound
from loquet_server.privacy import traces
from loquet_server.privacy.person_repository import PersonRepository
from loquet_server.privacy.repository import PrivacyRepository

_MILLISECONDS = ("at", "since", "until", "utc", "starts", "ends")
_SECONDS = ("valid_from", "valid_until", "period", "when_utc")
_HIDDEN = {"assurance", "credential", "rule", "policy_version", "remarks", "journal", "sequence"}
MOST_LOOKS = 1000


async def gather(session: AsyncSession, holder: str) -> dict[str, Any]:
    """Return everything that is kept of a person, as plain values; raise NotFound.

    ``tables``: name to rows; moments are written as ISO 8601. Badge numbers and secrets are
    not in it: the server itself opens them for nobody.
    """
    if await PrivacyRepository(session).holder(holder) is None:
        raise NotFound(f"there is no member {holder!r}")
    person = PersonRepository(session, holder)
    tables: dict[str, list[dict[str, Any]]] = {}
    for table in (traces.HOLDERS, *reversed(traces.naming())):
        if table.name == "looks":
            continue
        rows = await person.rows(table)
        if rows:
            tables[table.name] = [_plain(row) for row in rows]
    looks = await PrivacyRepository(session).looks(holder, MOST_LOOKS)
    if looks:
        tables["looks"] = [
            {"last_at": _iso(row.last_at), "actor": row.actor, "what": row.what, "times": row.times}
            for row in looks
        ]
    return {"format": "loquet-person/1", "holder": holder, "tables": tables}


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    return {
        name: _value(name, value)
        for name, value in row.items()
        if value is not None and value != "" and name not in _HIDDEN
    }


def _value(name: str, value: Any) -> Any:
    if isinstance(value, bool) or not isinstance(value, int):
        return value
    if name in _SECONDS:
        return _iso(value * 1000)
    return _iso(value) if name.endswith(("_at", "_until")) or name in _MILLISECONDS else value


def _iso(ms: int) -> str:
    try:
        return datetime.fromtimestamp(ms / 1000, UTC).isoformat(timespec="seconds")
    except (ValueError, OverflowError, OSError):
        return str(ms)
