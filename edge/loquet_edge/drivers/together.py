"""Several outputs that show one thing: the light of a door, and those of its readers."""

from __future__ import annotations

from collections.abc import Sequence

from loquet_edge.drivers.ports import OutputLine


class Together:
    """Fills `ports.OutputLine` with several of them; one that fails does not stop the others."""

    def __init__(self, lines: Sequence[OutputLine]) -> None:
        self.name = ", ".join(line.name for line in lines)
        self._lines = tuple(lines)

    def drive(self, active: bool) -> None:
        """Set every level; then raise the first `LineError`, if there was one."""
        fault: OSError | None = None
        for line in self._lines:
            try:
                line.drive(active)
            except OSError as error:
                fault = fault or error
        if fault is not None:
            raise fault

    def close(self) -> None:
        for line in self._lines:
            line.close()
