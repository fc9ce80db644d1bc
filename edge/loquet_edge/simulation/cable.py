"""A network cable that can be pulled: a TCP proxy between a simulated unit and its broker.

``cut`` drops what is connected and refuses what comes, as a pulled plug with a switch behind
it; ``stall`` keeps connections and lets nothing through, as a dead 4G link; ``restore``
forwards again. Bytes are never altered, lost inside a connection, or reordered.
"""

import contextlib
import socket
import struct
import threading
from enum import StrEnum

_CHUNK = 64 * 1024
_RESET = struct.pack("ii", 1, 0)
"""SO_LINGER of zero seconds: closing sends a reset, as a vanished peer's kernel would."""


class CableState(StrEnum):
    """What a cable does with bytes."""

    CONNECTED = "whole"
    CUT = "cut"
    STALLED = "stalled"


class Cable:
    """Forwards ``127.0.0.1:port`` to ``target`` (host, port); port 0 takes a free one."""

    def __init__(self, target: tuple[str, int], port: int = 0) -> None:
        self._target = target
        self._listener = socket.create_server(("127.0.0.1", port), backlog=16)
        self.port: int = self._listener.getsockname()[1]
        self.state = CableState.CONNECTED
        self._flows = threading.Event()
        self._flows.set()
        self._ends: set[socket.socket] = set()
        self._lock = threading.Lock()
        threading.Thread(target=self._accept, name="cable", daemon=True).start()

    def cut(self) -> None:
        """Pull the plug: open connections are reset, new ones are refused at once."""
        with self._lock:
            self.state = CableState.CUT
            ends, self._ends = self._ends, set()
        for end in ends:
            _reset(end)
        self._flows.set()

    def stall(self) -> None:
        """Let nothing through, in either direction, and say nothing."""
        self.state = CableState.STALLED
        self._flows.clear()

    def restore(self) -> None:
        """Forward again; what was held back by ``stall`` goes on."""
        self.state = CableState.CONNECTED
        self._flows.set()

    def turn(self, state: str) -> None:
        """Bring the cable into a state by its name; an unknown name changes nothing."""
        turns = {
            CableState.CONNECTED: self.restore,
            CableState.CUT: self.cut,
            CableState.STALLED: self.stall,
        }
        if state in turns and state != self.state:
            turns[CableState(state)]()

    def close(self) -> None:
        """Stop for good."""
        self.cut()
        self._listener.close()

    def _is_cut(self) -> bool:
        return self.state is CableState.CUT

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._join, args=(near,), daemon=True).start()

    def _join(self, near: socket.socket) -> None:
        self._flows.wait()
        if self._is_cut():
            _reset(near)
            return
        try:
            far = socket.create_connection(self._target, timeout=5)
        except OSError:
            _reset(near)
            return
        far.settimeout(None)
        for end in (near, far):
            end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with self._lock:
            pulled = self._is_cut()
            if not pulled:
                self._ends |= {near, far}
        if pulled:
            _reset(near)
            _reset(far)
            return
        back = threading.Thread(target=self._pump, args=(near, far), daemon=True)
        back.start()
        self._pump(far, near)
        back.join()
        near.close()
        far.close()

    def _pump(self, source: socket.socket, sink: socket.socket) -> None:
        try:
            while chunk := source.recv(_CHUNK):
                self._flows.wait()
                sink.sendall(chunk)
        except OSError:
            pass  # Either end went away: that is what the finally is for.
        finally:
            with self._lock:
                self._ends -= {source, sink}
            for end in (source, sink):
                with contextlib.suppress(OSError):
                    end.shutdown(socket.SHUT_RDWR)


def _reset(end: socket.socket) -> None:
    with contextlib.suppress(OSError):
        end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        end.shutdown(socket.SHUT_RDWR)
    end.close()
