"""``loquet-edge simulate`` and ``touch``: a unit without hardware, and the hands of a person."""

import json
import time
from collections.abc import Callable, Iterator

from loquet_edge.commands.run import supervise
from loquet_edge.config import UnitConfig
from loquet_edge.errors import ConfigurationError, EdgeError
from loquet_edge.simulation.board import Board, BoardError
from loquet_edge.simulation.board_server import BoardServer, attach_cable, attach_reader
from loquet_edge.simulation.control import BoardControl, BoardGone, BoardRefusal

_STEP_SECONDS = 0.15
"""A beam's input must be stable for a moment before it counts."""


class TouchRefused(EdgeError, ValueError):
    """The simulated board has nothing of that name, or is not there."""


def simulate(config: UnitConfig, *, strict_gpiod: bool, cable: str = "") -> int:
    """Serve a board on the unit's socket and run the unit on it; return the exit status.

    ``cable`` (PORT=HOST:PORT) is a network cable that the board's indicator ``network`` pulls.
    """
    if not config.simulated:
        raise ConfigurationError(
            config.file, "unit", "board", 'write board = "simulated" to run without hardware'
        )
    config.run.mkdir(parents=True, exist_ok=True)
    board = make_board(config, strict_gpiod=strict_gpiod)
    if cable:
        attach_cable(board, cable)
    try:
        server = BoardServer(board, config.board_socket)
    except BoardError as error:
        raise ConfigurationError(config.file, "unit", "run", str(error)) from error
    server.start()
    try:
        return supervise(config)
    finally:
        server.stop()


def make_board(config: UnitConfig, *, strict_gpiod: bool) -> Board:
    """Return a board with the unit's readers."""
    board = Board(strict_gpiod=strict_gpiod)
    for reader in config.all_readers:
        attach_reader(board, reader.id)
    return board


def touch(config: UnitConfig, action: str, what: str, badge: str) -> Iterator[str]:
    """Do one thing at the simulated board; give lines to print."""
    try:
        board = BoardControl(config.board_socket)
        try:
            yield from _touch(board, action, what, badge)
        finally:
            board.close()
    except (BoardRefusal, BoardGone) as error:
        raise TouchRefused(str(error)) from error


def _walk(board: BoardControl, counter: str, beams: tuple[str, str]) -> None:
    """Break the first beam, then both, then only the second, then none, as a person does."""
    for broken in (True, False):
        for beam in beams:
            board.set_active(f"{beam}:{counter}", broken)
            time.sleep(_STEP_SECONDS)


def _touch(board: BoardControl, action: str, what: str, badge: str) -> Iterator[str]:
    acts: dict[str, Callable[[], None]] = {
        "tap": lambda: board.tap(what, badge.lower().replace(":", "")),
        "keys": lambda: board.press_keys(what, badge),
        "open": lambda: board.set_active(f"contact:{what}", True),
        "close": lambda: board.set_active(f"contact:{what}", False),
        "exit": lambda: board.press(f"exit:{what}", 0.3),
        "fire": lambda: board.set_active("fire", True),
        "restore": lambda: board.set_active("fire", False),
        "rearm": lambda: board.press("rearm", 0.3),
        "sit": lambda: board.set_active(f"seat:{what}", True),
        "leave": lambda: board.set_active(f"seat:{what}", False),
        "move": lambda: board.set_active(f"pir:{what}", True),
        "still": lambda: board.set_active(f"pir:{what}", False),
        "appear": lambda: board.set_active(f"presence:{what}", True),
        "vanish": lambda: board.set_active(f"presence:{what}", False),
        "walk-in": lambda: _walk(board, what, ("outer", "inner")),
        "walk-out": lambda: _walk(board, what, ("inner", "outer")),
        "unplug": lambda: board.unplug(what),
        "plug": lambda: board.plug(what),
    }
    if action == "show":
        yield json.dumps(board.snapshot(), indent=2)
        return
    acts[action]()
    yield f"{action} {what}".strip()
