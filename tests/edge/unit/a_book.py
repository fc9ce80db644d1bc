"""Where moving facts are kept, in memory: for tests of what is done with them."""

from collections.abc import Iterator, Mapping
from typing import Any


class Book:
    """Keeps rows as ``moving_store.MovingStore`` does, and nothing over a restart but itself."""

    def __init__(self) -> None:
        self.rows: dict[tuple[int, str], Any] = {}
        self.lost = False
        self.waiting = 0

    def get(self, generation: int, key: str) -> Any:
        return self.rows.get((generation, key))

    def put(self, rows: Mapping[tuple[int, str], Any], *, soon: bool = False) -> None:
        for row, value in rows.items():
            self.rows[row] = value
            if value is None:
                del self.rows[row]

    def keep_only(self, *generations: int) -> None:
        kept = (0, *generations)
        self.rows = {row: value for row, value in self.rows.items() if row[0] in kept}

    def own(self) -> Iterator[tuple[str, Any]]:
        for (generation, key), value in list(self.rows.items()):
            if generation == 0:
                yield key, value

    def newest(self) -> int:
        return max((generation for generation, _ in self.rows), default=0)

    def found(self) -> None:
        self.lost = False
