"""The door's end of the line to ``link``, when that speaks without end."""

import contextlib
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from loquet_edge.inbox import LinkJoined, LinkSaid
from loquet_edge.link_port import MAX_HEARD, LinkPort
from loquet_edge.seam import Commanded, pack
from tests.brokers import until

PACKET = pack(Commanded("x" * 30_000))


@pytest.fixture
def heard(short_folder: Path) -> Iterator[tuple[list[LinkSaid | LinkJoined], socket.socket]]:
    """What waits for the deciding loop, and the link's end of the line."""
    waiting: list[LinkSaid | LinkJoined] = []
    port = LinkPort(short_folder / "door.sock", waiting.append)
    port.start()
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as link:
        link.connect(str(short_folder / "door.sock"))
        link.setblocking(False)
        yield waiting, link
    port.close()


def stuck(link: socket.socket) -> Callable[[], bool]:
    def tried() -> bool:
        with contextlib.suppress(BlockingIOError):
            while True:
                link.send(PACKET)
        return True

    return tried


def test_what_waits_for_the_door_is_bounded(
    heard: tuple[list[LinkSaid | LinkJoined], socket.socket],
) -> None:
    waiting, link = heard
    until(lambda: stuck(link)() and len(waiting) == MAX_HEARD, "the line is full")
    with pytest.raises(BlockingIOError):
        for _ in range(3):
            link.send(PACKET)
    assert len(waiting) == MAX_HEARD
    for each in waiting[:5]:
        each.taken()
    until(lambda: stuck(link)() and len(waiting) == MAX_HEARD + 5, "as many more as were taken")
    waiting[5].taken()
    link.setblocking(True)
    link.settimeout(10)
    until(lambda: len(waiting) == MAX_HEARD + 6, "it goes on")
    for each in list(waiting[6:]):
        each.taken()
    link.send(b"{")
    link.send(PACKET)
    until(lambda: len(waiting) > MAX_HEARD + 6, "nonsense takes no room for ever")
