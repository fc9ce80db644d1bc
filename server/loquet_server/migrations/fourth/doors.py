"""Tables and columns of revision 0004: what hangs on a door, and how it speaks."""

from collections.abc import Callable
from typing import Any

COLUMNS: tuple[tuple[str, str, Any, Any], ...] = ()
TABLES: tuple[Callable[[], None], ...] = ()
