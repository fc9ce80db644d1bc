"""Tables and columns of revision 0003: desks."""

from collections.abc import Callable
from typing import Any

COLUMNS: tuple[tuple[str, str, Any, Any], ...] = ()
TABLES: tuple[Callable[[], None], ...] = ()
