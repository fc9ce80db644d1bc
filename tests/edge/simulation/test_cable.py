"""A cable forwards bytes whole; pulled it resets, stalled it holds back and loses nothing."""

import contextlib
import socket
import threading
from collections.abc import Iterator

import pytest

from loquet_edge.simulation.board import Board
from loquet_edge.simulation.board_server import attach_cable
from loquet_edge.simulation.cable import Cable, CableState


class Echo:
    """A server that sends back what it gets."""

    def __init__(self) -> None:
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.address: tuple[str, int] = self.listener.getsockname()
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._echo, args=(connection,), daemon=True).start()

    def _echo(self, connection: socket.socket) -> None:
        with connection, contextlib.suppress(ConnectionError):
            while data := connection.recv(4096):
                connection.sendall(data)


@pytest.fixture
def echo() -> Iterator[Echo]:
    server = Echo()
    yield server
    server.listener.close()


@pytest.fixture
def cable(echo: Echo) -> Iterator[Cable]:
    made = Cable(echo.address)
    yield made
    made.close()


def dial(cable: Cable) -> socket.socket:
    return socket.create_connection(("127.0.0.1", cable.port), timeout=5)


def ask(connection: socket.socket, data: bytes) -> bytes:
    connection.sendall(data)
    answer = b""
    while len(answer) < len(data):
        got = connection.recv(65536)
        if not got:
            break
        answer += got
    return answer


def test_a_cable_forwards_bytes_whole(cable: Cable) -> None:
    with dial(cable) as connection:
        assert ask(connection, bytes(range(256)) * 512) == bytes(range(256)) * 512


def test_a_cut_cable_resets_connections_and_refuses_new_ones(cable: Cable) -> None:
    with dial(cable) as connection:
        assert ask(connection, b"before") == b"before"
        cable.cut()
        with pytest.raises(OSError):
            while connection.recv(10) != b"":
                pass
            raise ConnectionResetError
    assert not _answers(cable)
    assert cable.state is CableState.CUT


def _answers(cable: Cable) -> bool:
    """Whether somebody is at the other end; a reset may come as early as the handshake."""
    try:
        with dial(cable) as connection:
            return ask(connection, b"hello") == b"hello"
    except OSError:
        return False


def test_a_restored_cable_forwards_again(cable: Cable) -> None:
    cable.cut()
    cable.restore()
    with dial(cable) as connection:
        assert ask(connection, b"again") == b"again"


def test_a_stalled_cable_holds_back_and_loses_nothing(cable: Cable) -> None:
    with dial(cable) as connection:
        assert ask(connection, b"before") == b"before"
        cable.stall()
        connection.sendall(b"held")
        connection.settimeout(0.2)
        with pytest.raises(TimeoutError):
            connection.recv(10)
        cable.restore()
        connection.settimeout(5)
        assert connection.recv(10) == b"held"


def test_a_board_pulls_its_cable_by_the_indicator_network(echo: Echo) -> None:
    board = Board()
    cable = attach_cable(board, f"0={echo.address[0]}:{echo.address[1]}")
    board.indicate("network", "cut")
    assert cable.state is CableState.CUT
    board.indicate("network", "nonsense")
    assert cable.state is CableState.CUT
    board.indicate("network", "whole")
    with dial(cable) as connection:
        assert ask(connection, b"hello") == b"hello"
    cable.close()
