"""A blank unit asks, shows its code, believes the right server only, and settles."""

import queue
import stat
import urllib.error
from collections.abc import Callable
from email.message import Message
from pathlib import Path

import pytest
from click.testing import CliRunner

from loquet_contract.wire.adoption import ADOPTED, REFUSED, Token
from loquet_contract.wire.signing import SigningKey
from loquet_edge.adoption.blinking import Lamp
from loquet_edge.adoption.finding import MOST, gathered
from loquet_edge.adoption.secrets import PENDING
from loquet_edge.adoption.waiting import SHOWN, TOKEN, NotAdopted, Wait, Wanted, shown_in
from loquet_edge.cli import main
from loquet_edge.identity import UnitIdentity
from loquet_edge.link.fetch import Web
from loquet_edge.settling import Enrolled, EnrolmentError
from tests import policies
from tests.edge.adoption.server import ADDRESS, FakeServer

NOW = Wanted(server=ADDRESS, seconds=0, simulated=True)
"""Ask once, and give up."""


def wait(
    folder: Path, web: Web, wanted: Wanted = NOW, find: Callable[[], tuple[str, ...]] = tuple
) -> tuple[Enrolled | None, list[str]]:
    """Let a unit ask; return what became of it, and what it said."""
    said: list[str] = []
    file = folder / "unit.toml"
    try:
        return Wait(file, wanted, said.append, web, find, Lamp(folder / "leds")).run(), said
    except NotAdopted:
        return None, said


def card(server: FakeServer, fingerprint: str = "") -> Token:
    return Token(ADDRESS, fingerprint or server.key.public.fingerprint, "cd" * 16, b"s" * 16)


def test_it_commits_before_it_shows_and_shows_what_the_server_shows(tmp_path: Path) -> None:
    server = FakeServer()
    done, said = wait(tmp_path, server)
    assert done is None
    first, second = server.heard
    assert (first.nonce, first.commitment) == ("", second.commitment)
    assert second.nonce
    assert server.code().text in said[0]
    assert shown_in(tmp_path)["code"] == server.code().text
    assert (tmp_path / PENDING).stat().st_mode & 0o777 == stat.S_IRUSR | stat.S_IWUSR
    status = CliRunner().invoke(main, ["status", "--config", str(tmp_path / "unit.toml")])
    assert status.exit_code == 1
    assert server.code().text in status.output


def test_the_code_stays_over_a_restart(tmp_path: Path) -> None:
    server = FakeServer()
    wait(tmp_path, server)
    before = server.code()
    wait(tmp_path, server)
    assert server.code() == before
    assert len(server.heard) == 3  # it committed once


def test_once_let_in_it_settles(tmp_path: Path) -> None:
    server = FakeServer()
    wait(tmp_path, server)
    key = server.heard[-1].public_key
    server.state = ADOPTED
    done, _ = wait(tmp_path, server)
    assert done is not None
    kept = UnitIdentity.load(tmp_path / "identity.json")
    assert kept.key.public.text == key
    assert kept.identity.unit == "unit-1"
    assert (tmp_path / "unit.toml").read_text() == server.toml
    assert not (tmp_path / PENDING).exists()
    assert not (tmp_path / SHOWN).exists()
    status = CliRunner().invoke(main, ["status", "--config", str(tmp_path / "unit.toml")])
    assert (status.exit_code, "unit unit-1 of village" in status.output) == (0, True)
    (tmp_path / SHOWN).write_text('{"state": "adopted", "code": "K7M-4QX"}')  # by a loss of power
    status = CliRunner().invoke(main, ["status", "--config", str(tmp_path / "unit.toml")])
    assert (status.exit_code, "unit unit-1 of village" in status.output) == (0, True)
    with pytest.raises(EnrolmentError, match="--again"):
        wait(tmp_path, server)


def test_a_nonce_that_was_shown_is_shown_to_nobody_else(tmp_path: Path) -> None:
    server = FakeServer()
    wait(tmp_path, server)
    shown = server.heard[-1]
    between = FakeServer(SigningKey(b"m" * 32))  # takes the address over, and knows the nonce
    wait(tmp_path, between)
    wait(tmp_path, between)
    fresh = [asked for asked in between.heard if asked.commitment != shown.commitment]
    assert fresh, "it goes on with a nonce of its own"
    assert shown.nonce not in {asked.nonce for asked in fresh}
    assert fresh[0].nonce == ""


def test_a_server_that_changes_its_nonce_makes_a_new_commitment(tmp_path: Path) -> None:
    server = FakeServer()
    wait(tmp_path, server)
    before = server.heard[-1]
    server.secret = b"two"
    wait(tmp_path, server)
    wait(tmp_path, server)
    assert server.heard[-1].commitment != before.commitment
    assert server.heard[-1].nonce != before.nonce


def test_a_card_is_believed_about_its_server_alone(tmp_path: Path) -> None:
    server = FakeServer(SigningKey(b"m" * 32))
    token = card(server, policies.SERVER_KEY.public.fingerprint)
    server.state = ADOPTED
    (tmp_path / TOKEN).write_text(token.text())
    done, said = wait(tmp_path, server, Wanted(seconds=0))
    assert done is None
    assert "not the server that this unit's SD card is for" in said[0]
    assert [asked.nonce for asked in server.heard] == [""], "its nonce was shown"


def test_a_token_says_whom_to_ask_and_goes_once_used(tmp_path: Path) -> None:
    server = FakeServer()
    (tmp_path / TOKEN).write_text(card(server).text())
    server.state = ADOPTED
    done, _ = wait(tmp_path, server, Wanted(seconds=0))
    assert done is not None
    assert server.heard[-1].card == "cd" * 16
    assert not (tmp_path / TOKEN).exists()


def test_a_damaged_token_is_said_in_words(tmp_path: Path) -> None:
    (tmp_path / TOKEN).write_text("loquet2.nonsense")
    with pytest.raises(NotAdopted, match="SD card"):
        Wait(tmp_path / "unit.toml", NOW, print, FakeServer()).run()


def test_without_a_card_it_asks_whom_it_finds(tmp_path: Path) -> None:
    server = FakeServer()
    looking = Wanted(seconds=0, simulated=True)
    done, said = wait(tmp_path, server, looking)
    assert (done, server.heard) == (None, [])
    assert "no server was found" in said[0]
    wait(tmp_path, server, looking, lambda: (ADDRESS,))
    assert server.heard[-1].model == "simulated"


@pytest.mark.parametrize(
    "failure",
    [
        OSError("no route to host"),
        urllib.error.HTTPError(ADDRESS, 429, "Too Many Requests", Message(), None),
        urllib.error.HTTPError(ADDRESS, 500, "Internal", Message(), None),
    ],
)
def test_a_server_that_fails_is_asked_again(tmp_path: Path, failure: Exception) -> None:
    server = FakeServer()
    server.fails = [failure]
    done, said = wait(tmp_path, server)
    assert done is None
    assert "asked again" in said[0]
    wait(tmp_path, server)
    assert server.code().text


def test_who_is_turned_away_says_so(tmp_path: Path) -> None:
    server = FakeServer()
    server.state = REFUSED
    _, said = wait(tmp_path, server)
    assert "turned this unit away" in said[0]


def test_a_unit_of_before_asks_with_its_own_key_and_the_servers_word(tmp_path: Path) -> None:
    server = FakeServer()
    server.state = ADOPTED
    first, _ = wait(tmp_path, server)
    assert first is not None
    wait(tmp_path, server, Wanted(again=True, seconds=0))
    asked = server.heard[-1]
    assert asked.public_key == first.identity.key.public.text
    assert (asked.voucher, asked.wish) == ("our word", "unit-1")


def test_an_unknown_answer_is_not_believed(tmp_path: Path) -> None:
    server = FakeServer()
    server.answered = lambda body: '{"key":"x","payload":"{}","signature":"y"}'  # type: ignore[method-assign]
    done, said = wait(tmp_path, server)
    assert done is None
    assert "cannot be believed" in said[0]


def test_a_network_full_of_made_up_names_does_not_hold_a_unit() -> None:
    heard: queue.SimpleQueue[str] = queue.SimpleQueue()
    for number in range(1000):
        heard.put(f"name-{number}")
    now, asked = 0.0, 0

    def silent(_name: str, within: float) -> bytes:
        nonlocal now, asked
        now, asked = now + within, asked + 1
        return b""

    assert gathered(heard, silent, 3.0, lambda: now) == ()
    assert (now, asked) == (6.0, 2)
    answers = [b"http://a", b"http://\x1b[2Jb", b"ftp://c", b"http://\xff", b"https://d"]
    said = iter(answers * 10)
    assert gathered(heard, lambda _name, _within: next(said), 3.0) == ("http://a", "https://d")
    assert len(list(said)) == 50 - MOST
