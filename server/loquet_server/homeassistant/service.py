"""What was set about Home Assistant, kept; the password sealed to the server's key."""

from dataclasses import asdict
from typing import Final

from sqlalchemy.ext.asyncio import AsyncSession

from loquet_contract.wire.sealing import CannotOpen, open_sealed, seal
from loquet_server.homeassistant.schemas import Home
from loquet_server.identity.preferences import keep
from loquet_server.identity.repository import IdentityRepository
from loquet_server.keys import Keys

PREFERENCE: Final = "homeassistant"
CONTEXT: Final = "homeassistant-password"


async def load(session: AsyncSession, keys: Keys) -> Home | None:
    """Return what was set, or None."""
    row = await IdentityRepository(session).preference(PREFERENCE)
    if row is None or not row.value:
        return None
    password = ""
    if row.sealed:
        try:
            password = open_sealed(keys.sealing, row.sealed, CONTEXT).decode()
        except (CannotOpen, UnicodeDecodeError):
            password = ""  # sealed to the key of another server: it has to be typed again
    return Home(**row.value, password=password)


async def store(session: AsyncSession, keys: Keys, home: Home) -> None:
    """Keep what was set; an empty password leaves the one that is there."""
    value = asdict(home)
    password = value.pop("password")
    sealed = seal(keys.seal_public, password.encode(), CONTEXT) if password else None
    await keep(session, PREFERENCE, value, sealed)
