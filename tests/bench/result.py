"""What a benchmark gives."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Result:
    """One figure. ``floor`` is measured in the same run, in the same unit; ``ratio`` is to it.

    ``goal`` says in words what is wanted; ``met`` is None where there is no goal.
    """

    name: str
    value: float
    unit: str
    floor: float | None = None
    goal: str | None = None
    met: bool | None = None

    @property
    def ratio(self) -> float | None:
        return None if not self.floor else self.value / self.floor

    def plain(self) -> dict[str, Any]:
        """The form of bench.json."""
        fields = asdict(self)
        return {
            key: self.ratio if key == "ratio" else fields[key]
            for key in ("name", "value", "unit", "floor", "ratio", "goal", "met")
        }


def percentile(values: list[float], share: float) -> float:
    """The value below which ``share`` (0 to 1) of the values lie."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]
