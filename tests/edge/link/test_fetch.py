"""A fetch ends: by the policy, by a refusal, or because its time is over."""

import contextlib
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from loquet_contract.wire.signing import Verifier
from loquet_edge.link.fetch import Unreachable, fetch_policy
from loquet_edge.policy_writer import PolicyWriter
from tests import policies
from tests.brokers import NatsBroker
from tests.edge.link.stage import SITE, UNIT, identity_for

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nConnection: close\r\n\r\n"


class Dripping:
    """An HTTP server that says a head, then a byte now and then until it is hung up on."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.address = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self.ended, self._over = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        line, _ = self._listener.accept()
        with line, contextlib.suppress(OSError):
            line.recv(65_536)
            line.sendall(HEAD + policies.whole(1, policies.records(1))[0].encode() + b"\n")
            while not self._over.wait(0.02):
                line.sendall(b"x")
        self.ended.set()

    def close(self) -> None:
        self._over.set()
        self._thread.join(10)
        self._listener.close()


@pytest.fixture
def dripping() -> Iterator[Dripping]:
    with contextlib.closing(Dripping()) as found:
        yield found


@pytest.mark.timeout(30)
def test_a_server_that_drips_is_hung_up_on(dripping: Dripping, tmp_path: Path) -> None:
    identity = identity_for(NatsBroker(tmp_path), dripping.address)
    writer = PolicyWriter(tmp_path / "policy.db", Verifier(policies.SERVER_KEY.public), SITE, UNIT)
    with contextlib.closing(writer):
        with pytest.raises(Unreachable, match="not there after 0 s"):
            fetch_policy(identity, writer, within=0.3)
        assert dripping.ended.wait(10)
        assert writer.apply_whole(policies.whole(1, policies.records(1))).version == 1
