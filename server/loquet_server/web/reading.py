"""How pages come by what they show: a session that only reads, and the time."""

from collections.abc import Awaitable, Callable, Coroutine
from contextlib import AbstractAsyncContextManager
from typing import Any, Protocol, TypeVar

from sqlalchemy.ext.asyncio import AsyncSession

Reading = Callable[[], AbstractAsyncContextManager[AsyncSession]]
"""Opens a session that only reads."""
T = TypeVar("T")


class Read(Protocol):
    """Reads at once what needs many questions; see ``Database.read``."""

    def __call__(self, work: Callable[[AsyncSession], Coroutine[Any, Any, T]]) -> Awaitable[T]:
        """Return what ``work`` reads."""


Clock = Callable[[], int]
"""Returns UTC milliseconds."""
