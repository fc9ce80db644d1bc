"""A fetch ends: by the policy, by a refusal, or because its time is over."""

import contextlib
import socket
import ssl
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from loquet_contract.wire.signing import Verifier
from loquet_edge.link.fetch import Unreachable, fetch_policy, web_by
from loquet_edge.policy_writer import PolicyWriter
from loquet_server.authority import BROKER_DAYS
from tests import policies
from tests.brokers import NatsBroker
from tests.edge.link.stage import SITE, UNIT, identity_for
from tests.tls_brokers import authority

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


class LongEnded:
    """An HTTPS server whose certificate has ended; ``trust``: a file with who issued it."""

    def __init__(self, folder: Path) -> None:
        issuer = authority()
        now_ms = int(time.time() * 1000) - (BROKER_DAYS + 1) * 86_400_000
        certificate, key = issuer.issue_server(["127.0.0.1"], now_ms)
        own, self.trust = folder / "own.pem", folder / "trust.pem"
        own.write_text(key + certificate)
        self.trust.write_text(issuer.certificate_pem)
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(own)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.address = f"https://127.0.0.1:{self._listener.getsockname()[1]}/"
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                line, _ = self._listener.accept()
            except OSError:
                return
            with (
                contextlib.suppress(OSError),
                self._context.wrap_socket(line, server_side=True) as found,
            ):
                found.recv(65_536)
                found.sendall(HEAD + b"here")

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()


def test_a_date_counts_only_for_a_clock_that_can_be_trusted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trusted, request = [True], urllib.request.Request
    web = web_by(lambda: trusted[0])
    with contextlib.closing(LongEnded(tmp_path)) as server:
        with pytest.raises(urllib.error.URLError, match=r"unable to get|self.signed"):
            web(request(server.address), 10)
        monkeypatch.setenv("SSL_CERT_FILE", str(server.trust))
        with pytest.raises(urllib.error.URLError, match="expired"):
            web(request(server.address), 10)
        trusted[0] = False
        with web(request(server.address), 10) as answer:
            assert answer.read() == b"here"
        monkeypatch.delenv("SSL_CERT_FILE")
        with pytest.raises(urllib.error.URLError, match=r"unable to get|self.signed"):
            web(request(server.address), 10)
