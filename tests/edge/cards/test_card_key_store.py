"""Card masters on their way to a unit and in its file."""

from __future__ import annotations

import io
import logging
import urllib.error
import urllib.request
from pathlib import Path
from typing import IO, Any

import pytest

from loquet_contract.ids import SiteId, UnitId
from loquet_contract.wire import base64url, sealing
from loquet_contract.wire.card_keys import (
    SEAL_CONTEXT,
    CardKeysAnswer,
    CardKeysRequest,
    CardMaster,
    CardMasters,
)
from loquet_contract.wire.codec import decode_text, encode
from loquet_contract.wire.signing import Purpose, Signer, SigningKey, Verifier
from loquet_edge.card_desk import CardDesk
from loquet_edge.card_key_store import CardKeyStore
from loquet_edge.link.key_feed import KeyFeed
from loquet_edge.protocols.card_keys import CardKey
from loquet_edge.sealed_question import ASK_AGAIN_SECONDS, AnswerRefused
from loquet_edge.seam import KeysCame
from tests.edge.cards.antenna import FIRST, SECOND
from tests.edge.unit.a_unit import SITE, UNIT, Server

NAMES = (SECOND.id.hex(), FIRST.id.hex())


class Place:
    """A unit's store, and the server that answers it."""

    def __init__(self, folder: Path) -> None:
        self.server, self.file = Server(), folder / "card-keys.json"
        self.identity = self.server.identity()
        self.desk = CardDesk(())
        self.store = CardKeyStore(self.file, self.identity, self.desk)

    def asked(self, now: float = 0.0) -> CardKeysRequest:
        document = self.store.wish(now)
        assert document is not None
        payload = Verifier(self.identity.key.public).payload(Purpose.CARD_KEYS_REQUEST, document)
        return decode_text(CardKeysRequest, payload)

    def answer(
        self, wish: CardKeysRequest, *keys: CardKey, signer: Signer | None = None, **odd: Any
    ) -> str:
        masters = CardMasters(
            tuple(CardMaster(each.version, base64url.to_text(each.master)) for each in keys)
        )
        sealed = sealing.seal(
            base64url.from_text(wish.seal_key), encode(masters).encode(), SEAL_CONTEXT
        )
        values: dict[str, Any] = {
            "site": wish.site, "unit": wish.unit, "nonce": wish.nonce, "sealed": sealed,
        }  # fmt: skip
        said = encode(CardKeysAnswer(**values | odd))
        return (signer or self.server.signer).sign(Purpose.CARD_KEYS, said)


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


def test_what_the_server_names_is_asked_for_kept_and_read_again(place: Place) -> None:
    assert place.store.wish(0.0) is None, "nothing was said yet"
    place.store.want(NAMES)
    place.store.take(place.answer(place.asked(), FIRST, SECOND))
    assert place.desk.keys == (SECOND, FIRST), "the newest first, however they came"
    assert place.file.stat().st_mode & 0o777 == 0o600
    assert place.store.wish(1e6) is None, "it has what it wanted"
    again = CardDesk(())
    CardKeyStore(place.file, place.identity, again)
    assert again.keys == (SECOND, FIRST)


def test_it_asks_again_with_a_new_key_until_an_answer_comes(place: Place) -> None:
    place.store.want(NAMES)
    first = place.asked(0.0)
    assert place.store.wish(ASK_AGAIN_SECONDS - 1) is None
    second = place.asked(ASK_AGAIN_SECONDS)
    assert first.seal_key != second.seal_key and first.nonce != second.nonce
    with pytest.raises(AnswerRefused, match="another question"):
        place.store.take(place.answer(first, FIRST))
    assert place.desk.keys == ()


def test_a_master_that_was_retired_is_forgotten(place: Place) -> None:
    place.store.want(NAMES)
    place.store.take(place.answer(place.asked(), SECOND, FIRST))
    place.store.want(NAMES[:1])
    place.store.take(place.answer(place.asked(100.0), SECOND))
    assert place.desk.keys == (SECOND,)
    assert base64url.to_text(FIRST.master) not in place.file.read_text()
    place.store.want(())
    assert not place.desk.keys
    assert base64url.to_text(SECOND.master) not in place.file.read_text()


@pytest.mark.parametrize(
    "odd",
    [
        {"site": SiteId("other")}, {"unit": UnitId("other")}, {"nonce": "cd" * 16},
        {"sealed": "c2VhbGVk"}, {"sealed": ""},
    ],
)  # fmt: skip
def test_an_answer_for_somebody_else_is_refused(place: Place, odd: dict[str, Any]) -> None:
    place.store.want(NAMES)
    with pytest.raises(AnswerRefused):
        place.store.take(place.answer(place.asked(), FIRST, **odd))
    assert place.desk.keys == ()
    assert not place.file.exists()


def test_an_answer_that_the_server_has_not_signed_is_refused(place: Place) -> None:
    place.store.want(NAMES)
    stranger = Signer(SigningKey.generate())
    with pytest.raises(AnswerRefused):
        place.store.take(place.answer(place.asked(), FIRST, signer=stranger))


def test_an_answer_counts_once_and_only_if_it_was_asked_for(place: Place) -> None:
    place.store.want(NAMES)
    document = place.answer(place.asked(), FIRST)
    place.store.take(document)
    with pytest.raises(AnswerRefused, match="nobody asked"):
        place.store.take(document)


def test_masters_of_another_size_or_too_many_are_refused(place: Place) -> None:
    place.store.want(NAMES)
    with pytest.raises(AnswerRefused):
        place.store.take(place.answer(place.asked(), CardKey(1, bytes(15))))
    many = [CardKey(each, bytes([each] * 16)) for each in range(1, 6)]
    with pytest.raises(AnswerRefused):
        place.store.take(place.answer(place.asked(100.0), *many))


@pytest.mark.parametrize("text", ["", "{", "[]", '{"kind":"card_masters"}', "\x00"])
def test_a_damaged_file_is_asked_for_again(
    place: Place, text: str, caplog: pytest.LogCaptureFixture
) -> None:
    place.file.write_text(text)
    with caplog.at_level(logging.ERROR):
        store = CardKeyStore(place.file, place.identity, place.desk)
    assert place.desk.keys == ()
    assert "asked again" in caplog.text
    store.want(NAMES)
    assert store.wish(0.0) is not None


def test_no_log_names_a_master(place: Place, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        place.store.want(NAMES)
        place.store.take(place.answer(place.asked(), FIRST, SECOND))
    for key in (FIRST, SECOND):
        assert base64url.to_text(key.master) not in caplog.text
        assert key.master.hex() not in caplog.text + repr(place.desk.keys)


# ---- the link ------------------------------------------------------------------------------------


class FakeWeb:
    """Answers each request with the next of these; an exception is raised."""

    def __init__(self, *answers: bytes | Exception) -> None:
        self._answers = list(answers)
        self.asked: list[urllib.request.Request] = []

    def __call__(self, request: urllib.request.Request, timeout: float) -> IO[bytes]:
        self.asked.append(request)
        answer = self._answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return io.BytesIO(answer)


def test_the_link_passes_questions_and_answers_on() -> None:
    sent: list[KeysCame] = []
    web = FakeWeb(b"first", ConnectionRefusedError(), b"third")
    feed = KeyFeed(Server().identity(), lambda: None, sent.append, web)
    for _ in range(3):
        feed.ask("a signed question")
        feed.ask("one too many")
        assert feed.ended(10.0)
        feed.advance()
    assert [each.document for each in sent] == ["first", "third"]
    assert [request.data for request in web.asked] == [b"a signed question"] * 3
    assert web.asked[0].full_url == f"http://127.0.0.1:1/api/v1/units/{UNIT}/card-keys"
    assert SITE


def test_a_server_that_refuses_is_asked_again_later() -> None:
    sent: list[KeysCame] = []
    refusal = urllib.error.HTTPError("http://x", 403, "no", {}, io.BytesIO(b""))  # type: ignore[arg-type]
    feed = KeyFeed(Server().identity(), lambda: None, sent.append, FakeWeb(refusal, b"\xff", b"ok"))
    for _ in range(3):
        feed.ask("q")
        assert feed.ended(10.0)
        feed.advance()
    assert [each.document for each in sent] == ["ok"]
