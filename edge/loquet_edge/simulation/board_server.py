"""A simulated board as a process: one loop, one Unix socket, two languages.

The first byte of a connection tells its language: `{` is JSON (`simulation/control.py`), anything
else the binary requests of the preload library (`simulation/rig_session.py`), through which
unmodified lgpio, gpiozero and spidev meet the same board.

    python -m loquet_edge.simulation.board_server --socket /run/loquet/board.sock \
        --reader front=0.0 --strict-gpiod

One thread and no locks: requests are carried out in the order in which the loop reads them, which
keeps the path of a lock line at some tens of microseconds.
"""

from __future__ import annotations

import argparse
import contextlib
import heapq
import itertools
import logging
import selectors
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Protocol

from loquet_edge.simulation.board import Board, BoardError
from loquet_edge.simulation.cable import Cable
from loquet_edge.simulation.json_session import JsonSession
from loquet_edge.simulation.rig_session import RigSession

MAX_UNSENT_BYTES = 4_000_000
"""A watcher that reads nothing for that long is let go, so that it cannot fill the memory."""

log = logging.getLogger(__name__)


class Session(Protocol):
    """One connection, in whichever language."""

    def receive(self, data: bytes) -> None: ...

    def close(self) -> None: ...


class _Connection:
    """A non-blocking socket with its session and the bytes that wait to be sent."""

    def __init__(self, sock: socket.socket, server: BoardServer) -> None:
        self.socket = sock
        self.session: Session | None = None
        self.unsent = bytearray()
        self._server = server

    def send(self, data: bytes) -> None:
        """Send at once what the socket takes; the rest follows when it is writable."""
        if not self.unsent:
            try:
                sent = self.socket.send(data)
            except BlockingIOError:
                sent = 0
            except OSError:
                return  # the peer died: the loop reads its end next and gives back its lines
            data = data[sent:]
        if data:
            self.unsent += data
            self._server.want_write(self, True)

    def flush(self) -> None:
        with contextlib.suppress(BlockingIOError):
            sent = self.socket.send(self.unsent)
            del self.unsent[:sent]
        if not self.unsent:
            self._server.want_write(self, False)


class BoardServer:
    """Serves one board on a Unix socket; `start` for a thread of its own, `serve` to stay."""

    def __init__(self, board: Board, path: str | Path) -> None:
        self.board = board
        self.path = Path(path)
        self._listener = _listen(self.path)
        self._selector = selectors.DefaultSelector()
        self._timers: list[tuple[float, int, Callable[[], None]]] = []
        self._order = itertools.count()
        self._thread: threading.Thread | None = None
        self._stopping = False
        self._wake_out, self._wake_in = socket.socketpair()
        self._selector.register(self._listener, selectors.EVENT_READ)
        self._selector.register(self._wake_out, selectors.EVENT_READ)

    def after(self, seconds: float, action: Callable[[], None]) -> None:
        """Do `action` on the loop after `seconds`."""
        heapq.heappush(self._timers, (time.monotonic() + seconds, next(self._order), action))

    def start(self) -> None:
        """Serve on a thread of its own, for tests and demonstrations."""
        self._thread = threading.Thread(target=self.serve, name="board-server", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End the loop (safe from a signal or another thread) and remove the socket."""
        self._stopping = True
        with contextlib.suppress(OSError):
            self._wake_in.send(b"x")
        if self._thread is not None:
            self._thread.join()

    def serve(self) -> None:
        """The loop; returns after `stop`."""
        try:
            while not self._stopping:
                for key, events in self._selector.select(self._until_next_timer()):
                    self._attend(key.fileobj, key.data, events)
                self._run_timers()
        finally:
            self._close()

    def want_write(self, connection: _Connection, wanted: bool) -> None:
        """Hear of it when the connection can be written again; let go one that never reads."""
        if len(connection.unsent) > MAX_UNSENT_BYTES:
            log.warning("a watcher of %s reads nothing: connection closed", self.path)
            connection.unsent.clear()
            connection.socket.shutdown(socket.SHUT_RDWR)
            return
        events = selectors.EVENT_READ | (selectors.EVENT_WRITE if wanted else 0)
        self._selector.modify(connection.socket, events, connection)

    def _until_next_timer(self) -> float | None:
        return max(0.0, self._timers[0][0] - time.monotonic()) if self._timers else None

    def _run_timers(self) -> None:
        while self._timers and self._timers[0][0] <= time.monotonic():
            _, _, action = heapq.heappop(self._timers)
            try:
                action()
            except BoardError as error:
                log.warning("a timed action failed: %s", error)

    def _attend(self, source: object, connection: _Connection | None, events: int) -> None:
        if connection is None:
            if source is self._listener:
                sock, _ = self._listener.accept()
                sock.setblocking(False)
                fresh = _Connection(sock, self)
                self._selector.register(sock, selectors.EVENT_READ, fresh)
            return
        try:
            if events & selectors.EVENT_WRITE:
                connection.flush()
            if events & selectors.EVENT_READ:
                self._read(connection)
        except (OSError, BoardError) as error:
            log.debug("connection closed: %s", error)
            self._drop(connection)

    def _read(self, connection: _Connection) -> None:
        try:
            data = connection.socket.recv(65536)
        except BlockingIOError:
            return
        if not data:
            self._drop(connection)
            return
        if connection.session is None:
            kind = JsonSession if data[:1] == b"{" else RigSession
            connection.session = kind(self.board, connection.send, self)
        connection.session.receive(data)

    def _drop(self, connection: _Connection) -> None:
        self._selector.unregister(connection.socket)
        connection.socket.close()
        if connection.session is not None:
            connection.session.close()

    def _close(self) -> None:
        for key in list(self._selector.get_map().values()):
            if isinstance(key.data, _Connection):
                self._drop(key.data)
        self._selector.close()
        for sock in (self._listener, self._wake_in, self._wake_out):
            sock.close()
        self.path.unlink(missing_ok=True)


def _listen(path: Path) -> socket.socket:
    """A listening socket; a socket file that nobody serves any more is replaced."""
    with contextlib.closing(socket.socket(socket.AF_UNIX)) as probe:
        try:
            probe.connect(str(path))
        except OSError:
            path.unlink(missing_ok=True)
        else:
            raise BoardError(
                f"another board already serves {path}: stop it, or choose another path"
            )
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        listener.bind(str(path))
    except OSError:
        listener.close()
        raise
    listener.listen(64)
    return listener


@contextlib.contextmanager
def serving(board: Board, path: str | Path) -> Iterator[BoardServer]:
    """A board served on a thread for the length of a `with` block."""
    server = BoardServer(board, path)
    server.start()
    try:
        yield server
    finally:
        server.stop()


def attach_reader(board: Board, spec: str) -> None:
    """Add the reader of `NAME` or `NAME=BUS.DEVICE` (then with a chip); raises `BoardError`."""
    name, _, place = spec.partition("=")
    if not place:
        board.add_reader(name)
        return
    bus, _, device = place.partition(".")
    if not (bus.isdecimal() and device.isdecimal()):
        raise BoardError(f"--reader {spec!r}: write NAME=BUS.DEVICE, for example front=0.0")
    # Only boards that have chips pay for their registers.
    from loquet_edge.simulation.cards import VirtualCard
    from loquet_edge.simulation.mfrc522_chip import Mfrc522Chip

    board.attach_chip(name, (int(bus), int(device)), Mfrc522Chip(), VirtualCard)


def attach_cable(board: Board, spec: str) -> Cable:
    """Add the cable of `PORT=HOST:PORT`; the indicator `network` (whole, cut, stalled) pulls it."""
    near, _, far = spec.partition("=")
    host, _, port = far.rpartition(":")
    if not (near.isdecimal() and host and port.isdecimal()):
        raise BoardError(f"--cable {spec!r}: write PORT=HOST:PORT, for example 1884=127.0.0.1:1883")
    cable = Cable((host, int(port)), int(near))
    board.subscribe(
        lambda told: cable.turn(told["value"]) if told.get("indicator") == "network" else None
    )
    board.indicate("network", cable.state)
    return cable


def main(arguments: list[str] | None = None) -> int:
    """Serve a board until SIGTERM or SIGINT, saying `serving PATH` when ready; 2: wrong usage."""
    parser = argparse.ArgumentParser(prog="board_server", description="Serve a simulated board.")
    parser.add_argument("--socket", required=True, type=Path, help="path of the Unix socket")
    parser.add_argument(
        "--strict-gpiod",
        action="store_true",
        help="an output whose process died becomes an input again (otherwise it keeps its level)",
    )
    parser.add_argument("--reader", action="append", default=[], help="NAME or NAME=BUS.DEVICE")
    parser.add_argument(
        "--cable", action="append", default=[], help="PORT=HOST:PORT, to its broker"
    )
    options = parser.parse_args(arguments)
    sys.setswitchinterval(0.0005)
    try:
        board = Board(strict_gpiod=options.strict_gpiod)
        for spec in options.reader:
            attach_reader(board, spec)
        for spec in options.cable:
            attach_cable(board, spec)
        server = BoardServer(board, options.socket)
    except (BoardError, OSError) as error:
        parser.error(str(error))
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: server.stop())
    sys.stdout.write(f"serving {options.socket}\n")
    sys.stdout.flush()
    server.serve()
    return 0


if __name__ == "__main__":
    sys.exit(main())
