"""How pages come by what they show: a session that only reads, and the time."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

from sqlalchemy.ext.asyncio import AsyncSession

Reading = Callable[[], AbstractAsyncContextManager[AsyncSession]]
"""Opens a session that only reads."""
Clock = Callable[[], int]
"""Returns UTC milliseconds."""
