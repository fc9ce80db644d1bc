"""Releases: which versions are newer, which files suit a unit, and what is no release."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loquet_contract.wire.codec import MalformedMessage
from loquet_contract.wire.releases import MAX_FILE, Release, ReleaseFile, checked, parts, suiting

OWN = ReleaseFile("loquet-1.2.0-py3-none-any.whl", 10, "0" * 64)


def a_file(name: str) -> ReleaseFile:
    return ReleaseFile(name, 1, "1" * 64)


def test_versions_compare_by_their_numbers() -> None:
    assert parts("0.10.0") > parts("0.9.9") > parts("0.9")
    assert parts("1.0.0") == parts("1") == parts("1.0")


@given(st.lists(st.integers(0, 999_999), min_size=1, max_size=4))
def test_a_longer_version_is_not_older(numbers: list[int]) -> None:
    version = ".".join(map(str, numbers))
    assert parts(version) >= parts(version.rpartition(".")[0] or "0")


@pytest.mark.parametrize(
    "version", ["", "1.2.3.4.5", "1..2", "1.2rc1", "v1", "../1", "1.2\n", "1234567"]
)
def test_other_words_are_no_version(version: str) -> None:
    with pytest.raises(MalformedMessage, match="version"):
        parts(version)


@pytest.mark.parametrize(
    "file",
    [
        a_file("../../etc/passwd"),
        a_file("a/b-1-py3-none-any.whl"),
        a_file("loquet-1.2.0.tar.gz"),
        a_file(".-1-py3-none-any.whl"),
        replace(OWN, name="click-8-py3-none-any.whl", sha256="xyz"),
        replace(OWN, name="click-8-py3-none-any.whl", size=0),
        replace(OWN, name="click-8-py3-none-any.whl", size=MAX_FILE + 1),
        OWN,
    ],
)
def test_what_is_no_wheel_or_there_twice_is_refused(file: ReleaseFile) -> None:
    with pytest.raises(MalformedMessage):
        checked(Release("1.2.0", 1, (OWN, file)))


def test_a_release_holds_its_own_version_once() -> None:
    assert checked(Release("1.2.0", 1, (OWN,))).files == (OWN,)
    with pytest.raises(MalformedMessage, match="itself"):
        checked(Release("1.2.1", 1, (OWN,)))
    with pytest.raises(MalformedMessage, match="once"):
        checked(Release("1.2.0", 1, ()))


def test_a_unit_takes_what_suits_it() -> None:
    pure = a_file("click-8.1-py2.py3-none-any.whl")
    arm = a_file("cryptography-46-cp311-abi3-manylinux_2_28_aarch64.whl")
    intel = a_file("cryptography-46-cp311-abi3-manylinux_2_28_x86_64.whl")
    other = a_file("lgpio-0.2-cp312-cp312-manylinux_2_34_aarch64.whl")
    both = a_file("lgpio-0.2-cp311-cp311-manylinux2014_aarch64.manylinux_2_17_aarch64.whl")
    found = suiting((OWN, pure, arm, intel, other, both), "cp311", "aarch64")
    assert found == (OWN, pure, arm, both)
