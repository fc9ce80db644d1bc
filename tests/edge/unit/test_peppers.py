"""Two peppers on a unit: asked for, kept, and let go only when no badge can be missed."""

from __future__ import annotations

import stat
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loquet_contract.ids import PepperId, SiteId, UnitId
from loquet_contract.wire import base64url, sealing
from loquet_contract.wire.codec import decode_text, encode
from loquet_contract.wire.rotation import (
    SEAL_CONTEXT,
    Pepper,
    Peppers,
    PeppersAnswer,
    PeppersRequest,
    pepper_id,
)
from loquet_contract.wire.signing import Purpose, Signer, SigningKey, Verifier
from loquet_edge.identity import UnitIdentity
from loquet_edge.pepper_store import FILE, PepperStore
from loquet_edge.sealed_question import ASK_AGAIN_SECONDS, AnswerRefused
from tests.edge.unit.a_unit import PEPPER, Server

FIRST = pepper_id(PEPPER)
RAW = [bytes([n]) * 32 for n in range(1, 5)]
SECOND, THIRD = pepper_id(RAW[0]), pepper_id(RAW[1])


class Place:
    """A unit's identity and its store, and the server that answers it."""

    def __init__(self, folder: Path) -> None:
        self.server, self.path = Server(), folder / "identity.json"
        made = self.server.identity()
        UnitIdentity(replace(made.identity, pepper_id=FIRST), made.key).save(self.path)
        self.open()

    def open(self, under: PepperId = FIRST) -> None:
        """Start again, with a policy under that pepper."""
        self.identity = UnitIdentity.load(self.path)
        self.store = PepperStore(self.path, self.identity)
        self.store.follow(under)

    def asked(self, now: float = 0.0) -> PeppersRequest:
        document = self.store.wish(now)
        assert document is not None
        payload = Verifier(self.identity.key.public).payload(Purpose.PEPPERS_REQUEST, document)
        return decode_text(PeppersRequest, payload)

    def answer(
        self, wish: PeppersRequest, *raw: bytes, signer: Signer | None = None, **odd: Any
    ) -> str:
        named = tuple(Pepper(pepper_id(each), base64url.to_text(each)) for each in raw)
        return self.says(wish, Peppers(odd.pop("peppers", named)), signer, **odd)

    def says(
        self, wish: PeppersRequest, peppers: Peppers, signer: Signer | None, **odd: Any
    ) -> str:
        to = base64url.from_text(wish.seal_key)
        values: dict[str, Any] = {
            "site": wish.site, "unit": wish.unit, "nonce": wish.nonce,
            "sealed": sealing.seal(to, encode(peppers).encode(), SEAL_CONTEXT),
        }  # fmt: skip
        said = encode(PeppersAnswer(**values | odd))
        return (signer or self.server.signer).sign(Purpose.PEPPERS, said)

    def gets(self, *raw: bytes) -> None:
        self.store.take(self.answer(self.asked(1e9), *raw))


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


def test_a_new_pepper_is_asked_for_kept_and_read_again(place: Place, tmp_path: Path) -> None:
    assert place.store.wish(0.0) is None, "nothing was said"
    place.store.want((SECOND, FIRST))
    place.store.take(place.answer(place.asked(), RAW[0]))
    assert place.store.in_force == (PEPPER, RAW[0]), "that of the policy first"
    assert set(place.store.told) == {FIRST, SECOND}
    file = tmp_path / FILE
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert place.store.wish(1e9) is None


def test_the_old_one_goes_when_the_policy_is_under_the_new_and_not_before(
    place: Place, tmp_path: Path
) -> None:
    place.store.want((SECOND, FIRST))
    place.gets(RAW[0])
    place.store.want((SECOND,))
    assert not place.store.follow(FIRST), "its policy still needs the old one"
    assert list(place.store.in_force) == [PEPPER, RAW[0]]
    assert place.store.follow(SECOND)
    assert list(place.store.in_force) == [RAW[0]]
    place.store.follow(SECOND)
    secret = base64url.to_text(PEPPER)
    assert all(secret not in each.read_text() for each in tmp_path.iterdir()), "on no disk"
    found = UnitIdentity.load(place.path)
    assert (found.identity.pepper_id, found.pepper) == (SECOND, RAW[0])
    assert found.key.raw == place.identity.key.raw
    place.open(SECOND)
    assert place.store.in_force == (RAW[0],)


def test_a_unit_that_missed_two_rotations_keeps_what_its_policy_needs(place: Place) -> None:
    place.store.want((THIRD, SECOND))
    place.store.follow(FIRST)
    place.gets(RAW[1], RAW[0])
    assert set(place.store.in_force) == {PEPPER, RAW[0], RAW[1]}
    place.store.want((THIRD,))
    place.store.follow(FIRST)
    assert PEPPER in place.store.in_force
    place.store.follow(THIRD)
    assert place.store.in_force == (RAW[1],)


def test_a_server_that_went_back_to_an_old_backup_is_followed(place: Place) -> None:
    """Its policies are under a pepper that the unit let go of: it asks for it again."""
    place.store.want((SECOND,))
    place.gets(RAW[0])
    place.store.follow(SECOND)
    place.store.want((THIRD,))
    place.gets(RAW[1])
    assert place.store.in_force == (RAW[0], RAW[1])


def test_it_asks_again_with_a_new_key_until_an_answer_comes(place: Place) -> None:
    place.store.want((SECOND, FIRST))
    first = place.asked(0.0)
    assert place.store.wish(ASK_AGAIN_SECONDS - 1) is None
    second = place.asked(ASK_AGAIN_SECONDS)
    assert first.seal_key != second.seal_key and first.nonce != second.nonce
    with pytest.raises(AnswerRefused, match="another question"):
        place.store.take(place.answer(first, RAW[0]))
    with pytest.raises(AnswerRefused, match="nobody asked"):
        place.store.take(place.answer(second, RAW[0]))
    assert place.store.in_force == (PEPPER,)


@pytest.mark.parametrize(
    "odd",
    [
        {"site": SiteId("other")}, {"unit": UnitId("other")}, {"nonce": "cd" * 16},
        {"sealed": "c2VhbGVk"}, {"sealed": ""},
        {"signer": Signer(SigningKey.generate())},
        {"peppers": (Pepper(THIRD, base64url.to_text(RAW[0])),)},
        {"peppers": (Pepper(SECOND, "c2hvcnQ"),)},
        {"peppers": (Pepper(SECOND, "%%%"),)},
    ],
)  # fmt: skip
def test_an_answer_that_is_not_ours_changes_nothing(place: Place, odd: dict[str, Any]) -> None:
    place.store.want((SECOND, FIRST))
    with pytest.raises(AnswerRefused):
        place.store.take(place.answer(place.asked(), RAW[0], **odd))
    assert place.store.in_force == (PEPPER,)
    assert not place.path.with_name(FILE).exists()


def test_what_cannot_be_written_counts_and_is_not_promised(place: Place, tmp_path: Path) -> None:
    (tmp_path / f"{FILE}.new").mkdir()  # in the way of every new file
    place.store.want((SECOND, FIRST))
    place.gets(RAW[0])
    assert place.store.in_force == (PEPPER, RAW[0])
    assert place.store.told == (FIRST,), "the server must not rely on it over a restart"
    place.store.want((SECOND,))
    place.store.follow(SECOND)
    assert PEPPER in place.store.in_force, "nothing is let go that could not be written"


@pytest.mark.parametrize("text", ["", "{", '{"kind":"peppers"}', "\x00", '{"peppers":[1]}'])
def test_a_damaged_file_is_asked_for_again(place: Place, tmp_path: Path, text: str) -> None:
    (tmp_path / FILE).write_text(text)
    place.open()
    assert list(place.store.in_force) == [PEPPER]
    place.store.want((SECOND, FIRST))
    place.gets(RAW[0])
    assert list(place.store.in_force) == [PEPPER, RAW[0]]


@settings(deadline=None)  # files are written, on a machine that may be busy
@given(st.data())
def test_whatever_is_said_in_whatever_order_the_policys_pepper_is_held(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    """A policy comes only under a pepper that is held, as the link sees to."""
    place = Place(tmp_path_factory.mktemp("unit"))
    names = {FIRST: PEPPER, **{pepper_id(raw): raw for raw in RAW}}
    under = FIRST
    for turn in range(data.draw(st.integers(0, 12))):
        act = data.draw(st.sampled_from(["want", "take", "policy", "restart"]))
        if act == "want":
            place.store.want(data.draw(st.permutations(sorted(names)))[:2])
        elif act == "take" and place.store.wish(1e3 * turn) is not None:
            wish = place.asked(1e3 * turn + 500)
            place.store.take(place.answer(wish, *data.draw(st.sets(st.sampled_from(RAW)))))
        elif act == "policy":
            under = data.draw(st.sampled_from(place.store.told))
        elif act == "restart":
            place.open(under)
        place.store.follow(under)
        assert names[under] == place.store.in_force[0]
