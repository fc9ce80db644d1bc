"""What owners set on the pages instead of in the environment; the environment wins.

``reach``: how people reach the pages; ``hosting``: how units do; ``mail``; ``setup``.
"""

from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy.ext.asyncio import AsyncSession

from loquet_server.database import Database
from loquet_server.identity.repository import IdentityRepository
from loquet_server.models import Preference
from loquet_server.settings import Settings

REACH: Final = "reach"
HOSTING: Final = "hosting"
MAIL: Final = "mail"
SETUP: Final = "setup"
_OF_SETTINGS: Final = {
    REACH: ("public_url", "trusted_proxies", "tls_certificate", "tls_key"),
    HOSTING: ("address", "broker_public_host"),
}


def applied(settings: Settings, preferences: Mapping[str, Any]) -> Settings:
    """Return settings with what was set on the pages, where the environment says nothing.

    May be applied again to its own result: what the pages no longer say is as by default again.
    """
    said = settings.model_fields_set
    found = {
        name: (preferences.get(key) or {}).get(name) or Settings.model_fields[name].default
        for key, names in _OF_SETTINGS.items()
        for name in names
        if name not in said
    }
    checked = Settings.model_validate({name: getattr(settings, name) for name in said} | found)
    changed = settings.model_copy(update={name: getattr(checked, name) for name in found})
    changed.__pydantic_fields_set__ = set(said)
    return changed


def fixed(settings: Settings, key: str) -> list[str]:
    """Return which variables of the environment win over this preference."""
    names = _OF_SETTINGS.get(key, ())
    return [f"LOQUET_{name.upper()}" for name in names if name in settings.model_fields_set]


async def with_preferences(settings: Settings, database: Database) -> Settings:
    """Return settings as a migrated database completes them."""
    async with database.reading() as session:
        return applied(settings, await IdentityRepository(session).preferences())


async def keep(session: AsyncSession, name: str, value: Any, sealed: str | None = None) -> None:
    """Set a preference; ``sealed`` None keeps the secret that is there."""
    row = await IdentityRepository(session).preference(name)
    if row is None:
        session.add(Preference(name=name, value=value, sealed=sealed))
        return
    row.value = value
    if sealed is not None:
        row.sealed = sealed
