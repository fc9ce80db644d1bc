"""Which keys are taken, and how they are kept."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loquet_edge import osdp_key_files as files
from loquet_edge.osdp_key_files import KeyFileFault
from loquet_edge.protocols.osdp_keys import DEFAULT_KEY, WeakKey, key_of, weakness_of

SOUND = "8c2f61d7039be4a85510c6fd72394e1b"


@pytest.mark.parametrize(
    ("key", "why"),
    [
        (DEFAULT_KEY.hex(), "the default with which every reader is delivered"),
        ("00" * 16, "one byte, repeated"),
        ("ff" * 16, "one byte, repeated"),
        ("000102030405060708090a0b0c0d0e0f", "only counts"),
        ("f0e0d0c0b0a090807060504030201000", "only counts"),
        ("fffefdfcfbfaf9f8f7f6f5f4f3f2f1f0", "only counts"),
        ("8c2f61d7039be4a88c2f61d7039be4a8", "repeats a part"),
        ("a1b2" * 8, "repeats a part"),
        ("01020301020301020301020301020399", "too few different bytes"),
        (b"my secret key 01".hex(), "text that somebody chose"),
    ],
)
def test_a_weak_key_is_named(key: str, why: str) -> None:
    with pytest.raises(WeakKey, match=why):
        key_of(key)


@pytest.mark.parametrize(
    "text", ["", "12", SOUND[:-1], SOUND + "00", "not a key", SOUND[:-1] + "g"]
)
def test_what_is_no_key_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="32 hexadecimal digits"):
        key_of(text)


def test_a_sound_key_is_taken_with_space_around_it() -> None:
    assert key_of(f" {SOUND.upper()}\n").hex() == SOUND


@given(st.binary(min_size=16, max_size=16))
def test_whatever_the_bytes_a_key_is_weak_or_read_back(key: bytes) -> None:
    if weakness_of(key) is None:
        assert key_of(key.hex()) == key
    else:
        with pytest.raises(WeakKey):
            key_of(key.hex())


def test_a_made_key_is_sound_and_for_nobody_else(tmp_path: Path) -> None:
    path = tmp_path / "osdp" / "front.key"
    files.make(path)
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o077 == 0
    (key,) = files.load(path, "front")
    assert weakness_of(key) is None
    with pytest.raises(FileExistsError):
        files.make(path)
    assert files.load(path, "front") == (key,)


def test_the_next_key_follows_and_then_takes_the_place(tmp_path: Path) -> None:
    path = tmp_path / "front.key"
    files.make(path)
    assert not files.promote(path)
    files.make(files.next_path(path))
    first, second = files.load(path, "front")
    assert files.promote(path)
    assert files.load(path, "front") == (second,)
    assert first != second
    assert files.mark_of(first) != files.mark_of(second)


@pytest.mark.parametrize(
    ("text", "mode", "advice"),
    [
        (SOUND, 0o640, "chmod 600"),
        (DEFAULT_KEY.hex(), 0o600, "loquet-edge osdp-key front"),
        ("hello", 0o600, "32 hexadecimal digits"),
        ("é" * 16, 0o600, "cannot be read"),
    ],
)
def test_a_key_file_that_cannot_be_used_says_why(
    tmp_path: Path, text: str, mode: int, advice: str
) -> None:
    path = tmp_path / "front.key"
    path.write_text(text, "utf-8")
    path.chmod(mode)
    with pytest.raises(KeyFileFault, match=advice) as refused:
        files.load(path, "front")
    assert str(path) in str(refused.value)
    assert SOUND not in str(refused.value)


def test_a_missing_key_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(KeyFileFault, match="loquet-edge osdp-key front"):
        files.load(tmp_path / "front.key", "front")
