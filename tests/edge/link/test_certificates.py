"""The unit's certificate: whom it believes, when it asks for the next, and what it keeps."""

import io
import json
import socket
import ssl
import threading
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import IO

import pytest

from loquet_contract.ids import UnitId
from loquet_contract.wire import base64url
from loquet_contract.wire.certificates import BROKER_NAME, CertificateAnswer, CertificateRequest
from loquet_contract.wire.codec import decode_text, encode
from loquet_contract.wire.signing import Purpose, Signer, SigningKey, Verifier
from loquet_edge.link.certificate_feed import FAILURES, RENEW_MS, CertificateFeed
from loquet_edge.link.session import Backoff
from loquet_edge.tls_identity import BrokerPlace, TlsFolder, TlsKey, WrongCertificate
from loquet_server.authority import BROKER_DAYS, Authority
from tests import policies
from tests.brokers import until
from tests.edge.link.stage import SITE, UNIT, UNIT_KEY, identity_for
from tests.tls_brokers import DAY_MS, authority, now_ms

NOW = 1_800_000_000_000
PLACE = BrokerPlace("loquet.lan", 8883, True)


def issued(folder: TlsFolder, by: Authority, at_ms: int, place: BrokerPlace = PLACE) -> TlsKey:
    """Give a unit its certificate, as an enrolment does."""
    key = folder.pending_key()
    found = by.issue_unit(SITE, UNIT, base64url.from_text(key.public_text), at_ms)
    folder.keep(key, found.pem, by.certificate_pem, place)
    return key


# ---- whom it believes ---------------------------------------------------------------------


class Playing:
    """Plays the broker, with this certificate, for one handshake after another."""

    def __init__(self, folder: Path, certificate: str, key: str) -> None:
        file = folder / "playing.pem"
        file.write_text(key + certificate)
        self._context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        self._context.load_cert_chain(file)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                line, _ = self._listener.accept()
            except OSError:
                return
            try:
                with self._context.wrap_socket(line, server_side=True) as found:
                    found.recv(1)
            except OSError:
                line.close()

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def believed_by(self, context: ssl.SSLContext) -> bool:
        with socket.create_connection(("127.0.0.1", self.port), 10) as line:
            try:
                context.wrap_socket(line).close()
            except ssl.SSLCertVerificationError:
                return False
        return True


def good(by: Authority) -> tuple[str, str]:
    return by.issue_server([], now_ms())


def ended(by: Authority) -> tuple[str, str]:
    return by.issue_server([], now_ms() - (BROKER_DAYS + 1) * DAY_MS)


def of_a_unit(by: Authority) -> tuple[str, str]:
    """A stolen unit that plays the broker, and calls itself so."""
    key = TlsKey.generate()
    spki = base64url.from_text(key.public_text)
    return by.issue_unit(SITE, BROKER_NAME, spki, now_ms()).pem, key.pem


def of_another(_by: Authority) -> tuple[str, str]:
    return authority(b"z").issue_server([], now_ms())


@pytest.mark.parametrize(
    ("shows", "trusted_clock", "believed"),
    [
        (good, True, True),
        (good, False, True),
        (ended, True, False),
        (ended, False, True),  # a clock that stopped must not keep a unit offline
        (of_a_unit, False, False),
        (of_another, False, False),
    ],
)
def test_a_unit_believes_its_own_broker_alone(
    tmp_path: Path,
    shows: Callable[[Authority], tuple[str, str]],
    trusted_clock: bool,
    believed: bool,
) -> None:
    folder = TlsFolder(tmp_path)
    issued(folder, authority(), now_ms())
    with closing(Playing(tmp_path, *shows(authority()))) as playing:
        assert playing.believed_by(folder.context(trusted_clock)) is believed


# ---- what it keeps ------------------------------------------------------------------------


def test_a_certificate_for_another_key_or_of_another_authority_is_not_kept(tmp_path: Path) -> None:
    folder, ours = TlsFolder(tmp_path), authority()
    before = issued(folder, ours, NOW)
    other = ours.issue_unit(SITE, UNIT, base64url.from_text(before.public_text), NOW).pem
    with pytest.raises(WrongCertificate, match="another key"):
        folder.keep(TlsKey.generate(), other, ours.certificate_pem, PLACE)
    with pytest.raises(WrongCertificate, match="authority"):
        folder.keep(before, other, authority(b"z").certificate_pem, PLACE)
    assert folder.key is not None
    assert folder.key.pem == before.pem
    assert {each.stat().st_mode & 0o777 for each in tmp_path.iterdir()} == {0o600}


def test_what_is_damaged_is_as_if_it_were_not_there(tmp_path: Path) -> None:
    folder, identity = TlsFolder(tmp_path), identity_for(Nowhere()).identity
    for name in ("tls.pem", "tls.key", "authority.pem", "broker.json"):
        (tmp_path / name).write_bytes(b"\x00\xff{")
    assert folder.key is None
    assert folder.ends_at_ms() is None
    assert folder.place(identity) == BrokerPlace(Nowhere.host, Nowhere.port, False)
    assert folder.pending_key().pem == folder.pending_key().pem
    with pytest.raises(OSError, match="no certificate"):
        folder.context(True)


# ---- when it asks -------------------------------------------------------------------------


class Nowhere:
    """Where nobody listens."""

    host, port = "127.0.0.1", 9

    def password_of(self, unit: str) -> str:
        return unit


class Office:
    """Answers for the server; ``spoil`` changes the answer before it is signed."""

    def __init__(self) -> None:
        self.authority, self.signer = authority(), Signer(policies.SERVER_KEY)
        self.asked: list[CertificateRequest] = []
        self.place = BrokerPlace("moved.lan", 8884, True)
        self.spoil: Callable[[CertificateAnswer], CertificateAnswer] = lambda answer: answer
        self.away = False

    def __call__(self, request: urllib.request.Request, timeout: float) -> IO[bytes]:
        assert timeout > 0
        if self.away:
            raise ConnectionRefusedError("nobody listens")
        assert request.full_url.endswith(f"/api/v1/units/{UNIT}/certificate")
        assert isinstance(request.data, bytes)
        payload = Verifier(UNIT_KEY.public).payload(Purpose.CERTIFICATE_REQUEST, request.data)
        asked = decode_text(CertificateRequest, payload)
        self.asked.append(asked)
        pem = self.authority.issue_unit(SITE, UNIT, base64url.from_text(asked.tls_key), NOW).pem
        answer = CertificateAnswer(
            SITE, UNIT, asked.nonce, pem, self.authority.certificate_pem, self.place.host,
            self.place.port, self.place.tls,
        )  # fmt: skip
        document = self.signer.sign(Purpose.CERTIFICATE, encode(self.spoil(answer)))
        return io.BytesIO(document.encode())


class Feed:
    """A feed under test; ``at`` is monotonic seconds and drives both clocks."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.office = TlsFolder(folder), Office()
        self.arrived = 0
        self._woken = threading.Event()
        self.feed = self.fresh()

    def fresh(self) -> CertificateFeed:
        return CertificateFeed(
            identity_for(Nowhere()), self.folder, self._woken.set, self._arrive, self.office,
            Backoff(10.0, 10.0, lambda: 1.0),
        )  # fmt: skip

    def _arrive(self) -> None:
        self.arrived += 1

    def turn(self, now: float, utc_ms: int = NOW) -> None:
        """One round, and one more once an answer has come, if one was asked for."""
        before = len(self.office.asked)
        self._woken.clear()
        self.feed.advance(now, utc_ms)
        if self.feed.ended(0.0) and len(self.office.asked) == before:
            return
        assert self._woken.wait(20)
        self.feed.advance(now, utc_ms)


@pytest.fixture
def feed(tmp_path: Path) -> Iterator[Feed]:
    yield Feed(tmp_path)


def test_a_young_certificate_is_left_alone_and_an_old_one_replaced_with_a_new_key(
    feed: Feed,
) -> None:
    first = issued(feed.folder, feed.office.authority, NOW)
    feed.feed = feed.fresh()
    ends = feed.folder.ends_at_ms()
    assert ends is not None
    feed.turn(0.0, ends - RENEW_MS)
    assert not feed.office.asked
    feed.turn(1.0, ends - RENEW_MS + 1)
    assert feed.arrived == 1
    assert feed.folder.key is not None
    assert feed.folder.key.pem != first.pem
    assert feed.office.asked[0].tls_key == feed.folder.key.public_text


def test_of_two_clocks_a_year_apart_no_certificate_is_asked_for_without_end(feed: Feed) -> None:
    issued(feed.folder, feed.office.authority, NOW)
    feed.feed, ahead = feed.fresh(), NOW + 400 * DAY_MS
    for at in range(0, 200, 20):
        feed.turn(float(at), ahead)
    assert len(feed.office.asked) == 1, "each is a row there, and four files on a card here"
    for _ in range(FAILURES):
        feed.feed.closed()
    feed.turn(300.0, ahead)
    assert len(feed.office.asked) == 2, "what cannot connect asks all the same"
    feed.turn(320.0, NOW)
    feed.turn(340.0, ahead)
    assert len(feed.office.asked) == 3, "once the clocks agreed, a date counts again"


def test_an_answer_that_was_lost_is_asked_for_again_with_the_same_key(feed: Feed) -> None:
    issued(feed.folder, feed.office.authority, NOW)
    late = NOW + 80 * DAY_MS
    feed.feed, feed.office.away = feed.fresh(), True
    waiting = feed.folder.pending_key().public_text
    feed.feed.advance(0.0, late)
    until(lambda: feed.feed.ended(0.0), "nobody answered")
    feed.office.away = False
    feed.turn(9.0, late)
    assert not feed.office.asked, "it waits for its turn"
    feed.turn(11.0, late)
    assert [each.tls_key for each in feed.office.asked] == [waiting]


def test_a_unit_that_no_broker_lets_in_asks_where_it_is_and_goes_there(feed: Feed) -> None:
    """Enrolled before there was TLS: no certificate, and the broker hangs up."""
    for at in range(FAILURES - 1):
        feed.feed.closed()
        feed.turn(float(at))
    assert not feed.office.asked
    feed.feed.closed()
    feed.turn(10.0)
    assert feed.folder.place(identity_for(Nowhere()).identity) == feed.office.place
    assert feed.arrived == 1
    feed.turn(100.0)
    assert len(feed.office.asked) == 1, "once is enough"


def test_a_session_that_opens_now_and_then_asks_for_nothing(feed: Feed) -> None:
    for at in range(4 * FAILURES):
        feed.feed.opened()
        feed.feed.closed()
        feed.turn(float(at))
    assert not feed.office.asked


def test_a_good_certificate_is_asked_for_again_with_the_key_that_it_has(feed: Feed) -> None:
    key = issued(feed.folder, feed.office.authority, NOW)
    feed.feed = feed.fresh()
    for _ in range(FAILURES):
        feed.feed.closed()
    feed.turn(0.0)
    assert [each.tls_key for each in feed.office.asked] == [key.public_text]


def test_a_disk_that_takes_no_key_stops_nothing_and_is_tried_again(
    feed: Feed, tmp_path: Path
) -> None:
    blocked = tmp_path / "tls.key.new"
    blocked.mkdir()
    for _ in range(FAILURES):
        feed.feed.closed()
    feed.turn(0.0)
    assert not feed.office.asked
    blocked.rmdir()
    feed.turn(11.0)
    assert len(feed.office.asked) == 1


def forged(feed: Feed) -> None:
    feed.office.signer = Signer(SigningKey(b"f" * 32))


def for_another_question(feed: Feed) -> None:
    feed.office.spoil = lambda a: CertificateAnswer(
        a.site, a.unit, "00" * 16, a.certificate, a.authority, a.broker_host, 1, False
    )


def for_another_unit(feed: Feed) -> None:
    feed.office.spoil = lambda a: CertificateAnswer(
        a.site, UnitId("unit-2"), a.nonce, a.certificate, a.authority, a.broker_host, 1, False
    )


@pytest.mark.parametrize("spoil", [forged, for_another_question, for_another_unit])
def test_an_answer_that_is_not_the_servers_to_this_question_changes_nothing(
    feed: Feed, spoil: Callable[[Feed], None], tmp_path: Path
) -> None:
    issued(feed.folder, feed.office.authority, NOW)
    before = {each.name: each.read_bytes() for each in tmp_path.iterdir()}
    feed.feed = feed.fresh()
    spoil(feed)
    for _ in range(FAILURES):
        feed.feed.closed()
    feed.turn(0.0)
    assert feed.office.asked
    assert {each.name: each.read_bytes() for each in tmp_path.iterdir()} == before
    assert json.loads(before["broker.json"])["host"] == PLACE.host
    assert feed.arrived == 0
