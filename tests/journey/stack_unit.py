"""One simulated unit of a stack: its files, and the hands of people at its board."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

from loquet_contract.wire.envelope import Entry
from loquet_edge.identity import UnitIdentity
from loquet_edge.journal_file import JournalReader
from loquet_edge.simulation.control import BoardControl, BoardGone
from loquet_server.demo import village
from tests.brokers import until


class StackUnit:
    """One unit of a stack: its files, and the hands of people at its board."""

    def __init__(self, data: Path, name: str, doors: tuple[str, ...] = ()) -> None:
        self.name = name
        self.doors = doors or tuple(each.id for each in village.DOORS if each.unit == name)
        self.folder = data / "units" / name
        self.config = self.folder / "unit.toml"
        self.socket = data / "boards" / f"{name}.sock"
        self.journal_file = self.folder / "data" / "journal.db"

    @contextlib.contextmanager
    def board(self) -> Iterator[BoardControl]:
        """The board, on a connection of its own."""
        # A socket's path has 107 bytes at most; the link in the data folder may be longer.
        with BoardControl(self.socket.resolve()) as found:
            yield found

    def badge(self, reader: str, uid: str) -> Entry:
        """Hold a badge in front of a reader until the unit has decided; return the decision."""
        before = len(self.decisions())
        with self.board() as board:
            board.present_card(reader, uid)
            until(lambda: len(self.decisions()) > before, f"{self.name} decides about {uid}")
            board.remove_card(reader, uid)
        return self.decisions()[before]

    def released(self, door: str) -> bool:
        """Whether the door's lock is released."""
        with self.board() as board:
            return bool(board.read_line(f"lock:{door}")["active"])

    def movements(self, door: str) -> int:
        """How often the relay of this door's lock has changed its level."""
        with self.board() as board:
            return len(board.line_history(f"lock:{door}"))

    def leaf(self, door: str, *, opened: bool) -> None:
        """Open or close a door's leaf."""
        with self.board() as board:
            board.set_active(f"contact:{door}", opened)

    def network(self, state: str) -> None:
        """Pull the cable to the broker (``cut``), or put it back (``whole``)."""
        with self.board() as board:
            board.indicate("network", state)

    @property
    def identity(self) -> UnitIdentity:
        return UnitIdentity.load(self.folder / "identity.json")

    @contextlib.contextmanager
    def journal(self) -> Iterator[JournalReader]:
        """The journal as it is on the unit's disk."""
        with contextlib.closing(JournalReader(self.journal_file)) as found:
            yield found

    def entries(self, *kinds: str) -> list[Entry]:
        """Entries of all kinds, or of these; none while there is no journal."""
        with contextlib.suppress(LookupError), self.journal() as journal:
            return [each for each in journal.after(0, 2**40) if not kinds or each.kind in kinds]
        return []

    def decisions(self) -> list[Entry]:
        return self.entries("access_granted", "access_denied")

    def acked(self) -> int:
        """How far the server has signed that it holds the journal."""
        with self.journal() as journal:
            return journal.acked()[0]

    def waits_for(self, kind: str, count: int = 1) -> Entry:
        """Wait until the journal has ``count`` entries of a kind; return the last."""
        until(lambda: len(self.entries(kind)) >= count, f"{self.name} journals {count} {kind}")
        return self.entries(kind)[-1]

    def alive(self) -> bool:
        """Whether its board answers, and its door has claimed the readers."""
        with contextlib.suppress(OSError, BoardGone), self.board() as board:
            lines = {line["line"] for line in board.snapshot()["lines"] if line["owner"]}
            return all(f"lock:{each}" in lines for each in self.doors)
        return False
