"""Passwords and throttling, as plain functions."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loquet_server.identity import throttle
from loquet_server.identity.arriving import safe
from loquet_server.identity.codes import tidy
from loquet_server.identity.passwords import Passwords, weakness


@pytest.mark.parametrize(
    "password",
    [
        "girafe tunnel biscotte lundi", "Tr0ub4dor&3-kdjf", "ça pousse où, le bambou ?",
        "zzz9 plural z alpha", "四つの単語をならべるとつよい",
    ],
)  # fmt: skip
def test_good_passwords_are_taken(password: str) -> None:
    assert weakness(password, ["Zoé Martin", "zoe@moulin.example"]) is None


@pytest.mark.parametrize(
    "password",
    [
        "", "onze lettre", "123456789012", "abcdefghijklmnop", "azertyuiop123", "Motdepasse2024!",
        "motdepassemotdepasse", "password-password", "Loquet-Coworking-1", "abababababababab",
        "zoe.martin.2024", "moulin-example-1", "x" * 201,
    ],
)  # fmt: skip
def test_bad_passwords_are_refused(password: str) -> None:
    assert weakness(password, ["Zoé Martin", "zoe@moulin.example", "Zoe Martin"]) is not None


@given(st.text(max_size=300))
def test_any_text_has_a_verdict(password: str) -> None:
    assert weakness(password, [password, "a@b"]) != ""


async def test_the_same_letters_typed_in_two_ways_are_the_same_password() -> None:
    passwords = Passwords()
    kept = await passwords.hash("caf\u00e9 tunnel biscotte")
    assert await passwords.verify(kept, "cafe\u0301 tunnel biscotte")
    assert not await passwords.verify(kept, "cafe tunnel biscotte")
    assert not await passwords.verify(None, "nobody has this password")
    assert not await passwords.verify("not a hash", "x")
    assert not passwords.stale(kept)


@given(st.integers(0, 500), st.integers(0, 10**7), st.integers(0, 10**7))
def test_a_wait_grows_and_always_ends(failures: int, last: int, later: int) -> None:
    limit = throttle.ACCOUNT
    wait = limit.wait_ms(failures, last, last + later)
    assert 0 <= wait <= limit.longest * 1000
    assert limit.wait_ms(failures + 1, last, last + later) >= wait
    assert limit.wait_ms(failures, last, last + limit.longest * 1000) == 0


def test_a_line_is_counted_and_not_each_of_its_addresses() -> None:
    assert throttle.address_key("2001:db8::1") == throttle.address_key("2001:db8::ffff")
    assert throttle.address_key("2001:db8::1") != throttle.address_key("2001:db8:0:1::1")
    assert throttle.address_key("192.0.2.1") != throttle.address_key("192.0.2.2")
    assert throttle.address_key("::ffff:192.0.2.1") == throttle.address_key("192.0.2.1")
    assert throttle.address_key("::ffff:192.0.2.1") != throttle.address_key("::ffff:192.0.2.2")
    assert throttle.account_key(" A@b.example") == throttle.account_key("a@B.example")


@given(st.text())
def test_the_way_on_is_always_one_of_our_own(there: str) -> None:
    found = safe(there)
    assert found == "/" or (found.startswith("/") and not found.startswith(("//", "/\\")))


def test_a_code_may_be_typed_as_it_looks() -> None:
    assert tidy("ab1o-c0il 7777-zzzz") == "AB10C0117777ZZZZ"
