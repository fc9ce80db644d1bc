"""How a projection joins its table."""

from collections.abc import Callable
from typing import Any, TypeVar

from loquet_server.ingest.world import Fact, World

Projection = Callable[[World, Fact, Any], None]
P = TypeVar("P", bound=Projection)


class Table(dict[str, Projection]):
    """Kinds to projections of one group."""

    def of(self, *events: Any) -> Callable[[P], P]:
        """Register the decorated function for these event classes."""

        def register(projection: P) -> P:
            for event in events:
                self[event.kind] = projection
            return projection

        return register
