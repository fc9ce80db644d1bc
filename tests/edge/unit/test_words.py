"""Commands, desired state, clock, restarts, notices: the small parts of the unit."""

import os
import socket
from pathlib import Path
from typing import Any

import pytest

from loquet_contract.ids import BootId, DoorId, LockdownId, UnitId
from loquet_contract.wire.clock import ClockSource
from loquet_contract.wire.codec import encode
from loquet_contract.wire.commands import CHALLENGE_SECONDS, Command
from loquet_contract.wire.events import ClockTrusted
from loquet_contract.wire.signing import Purpose, Signer, SigningKey, Verifier
from loquet_edge.clock import UnitClock, boot_id, kernel_synchronised
from loquet_edge.notify import Notifier
from loquet_edge.orders import OrderRefused, Orders
from loquet_edge.restarts import take_restarts, tell_restart
from loquet_edge.signed_time import SKEW_SECONDS
from loquet_edge.state_store import StateStore
from loquet_edge.wishes import Wishes, WishRefused
from tests.edge.unit.a_unit import DOOR, SITE, UNIT, Server

BOOT = BootId("boot")


class Book:
    """Orders with the server that signs them."""

    def __init__(self) -> None:
        self.server = Server()
        self.orders = Orders(Verifier(self.server.key.public), SITE, UNIT, BOOT, 0.0)

    def signed(self, name: str = "c1", **changes: Any) -> str:
        from loquet_contract.wire.commands import What

        values: dict[str, Any] = {
            "site": SITE, "unit": UNIT, "command": name, "what": What.RELEASE, "actor": "odile",
            "reason": "delivery", "boot": BOOT, "challenge": self.orders.challenge, "door": DOOR,
            **changes,
        }  # fmt: skip
        return self.server.signer.sign(Purpose.COMMAND, encode(Command(**values)))


def test_a_command_counts_once() -> None:
    book = Book()
    document = book.signed()
    assert book.orders.accept(document, 1.0).command == "c1"
    with pytest.raises(OrderRefused, match="replay"):
        book.orders.accept(document, 2.0)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"unit": UnitId("other")}, "another unit"),
        ({"boot": BootId("earlier")}, "earlier start"),
        ({"challenge": "guessed"}, "late"),
        ({"challenge": ""}, "late"),
    ],
)
def test_a_command_for_elsewhere_or_long_ago_is_refused(changes: dict[str, Any], said: str) -> None:
    book = Book()
    with pytest.raises(OrderRefused, match=said) as caught:
        book.orders.accept(book.signed(**changes), 1.0)
    assert caught.value.command == "c1"


def test_a_command_of_another_key_is_refused_without_a_name() -> None:
    book = Book()
    forged = Signer(SigningKey.generate()).sign(Purpose.COMMAND, "{}")
    with pytest.raises(OrderRefused) as caught:
        book.orders.accept(forged, 1.0)
    assert caught.value.command is None


def test_the_challenge_before_still_counts_and_the_one_before_that_does_not() -> None:
    book = Book()
    first, second = book.signed("c1"), book.signed("c2")
    assert book.orders.accept(first, CHALLENGE_SECONDS + 1.0).command == "c1"
    with pytest.raises(OrderRefused, match="late"):
        book.orders.accept(second, 2 * CHALLENGE_SECONDS + 1.0)


def test_after_a_long_stop_no_old_challenge_counts() -> None:
    book = Book()
    with pytest.raises(OrderRefused, match="late"):
        book.orders.accept(book.signed(), 3.0 * CHALLENGE_SECONDS)


class Notes(dict[str, str]):
    """A store in memory."""

    def put(self, name: str, value: str) -> None:
        self[name] = value


def test_a_desired_state_only_grows_and_is_recalled() -> None:
    server, notes = Server(), Notes()
    verifier = Verifier(server.key.public)
    wishes = Wishes(verifier, SITE, UNIT, notes)
    assert wishes.take(server.desired(2, "ld1"))
    assert not wishes.take(server.desired(2, "ld1"))
    with pytest.raises(WishRefused, match="older"):
        wishes.take(server.desired(1))
    again = Wishes(verifier, SITE, UNIT, notes)
    assert (again.version, again.lockdown(DOOR)) == (2, "ld1")


def test_a_lift_on_the_spot_is_remembered_until_the_server_says_otherwise() -> None:
    server, notes = Server(), Notes()
    verifier = Verifier(server.key.public)
    wishes = Wishes(verifier, SITE, UNIT, notes)
    wishes.take(server.desired(1, "ld1"))
    wishes.lift(LockdownId("ld1"))
    assert wishes.lockdown(DoorId("front")) is None
    wishes.take(server.desired(2, "ld1"))
    assert Wishes(verifier, SITE, UNIT, notes).lockdown(DOOR) is None
    wishes.take(server.desired(3, "ld2"))
    assert wishes.lockdown(DOOR) == "ld2"


def test_a_desired_state_that_was_altered_on_disk_does_not_count() -> None:
    server, notes = Server(), Notes()
    verifier = Verifier(server.key.public)
    Wishes(verifier, SITE, UNIT, notes).take(server.desired(1, "ld1"))
    notes["desired"] = notes["desired"].replace("ld1", "ld9")
    assert Wishes(verifier, SITE, UNIT, notes).version is None


class Hands:
    """Wall and monotonic time, and what the kernel says, moved by hand."""

    def __init__(self) -> None:
        self.wall, self.monotonic, self.synchronised = 5000.0, 100.0, False

    def clock(self, floor: float, signed: float = 0.0) -> UnitClock:
        return UnitClock(
            lambda: ClockSource.NETWORK if self.synchronised else None,
            floor,
            lambda: self.wall,
            lambda: self.monotonic,
            signed,
        )

    def wait(self, seconds: float) -> None:
        self.wall += seconds
        self.monotonic += seconds


def kinds(clock: UnitClock) -> list[str]:
    """Let the clock look again; return what it tells."""
    return [each.kind for each in clock.check()]


def test_an_untrusted_clock_gives_a_lower_bound() -> None:
    hands = Hands()
    clock = hands.clock(9000.0)
    hands.wait(10.0)
    now = clock.now()
    assert (now.utc, now.trusted, now.monotonic) == (9010.0, False, 110.0)
    clock.raise_floor(9500.0, 1)
    clock.raise_floor(1.0, 1)
    assert clock.now().utc == 9500.0


def test_a_clock_that_becomes_trusted_says_how_far_it_was_set() -> None:
    hands = Hands()
    clock = hands.clock(9000.0)
    hands.wall, hands.synchronised = 20_000.0, True
    assert clock.check() == [ClockTrusted(15_000_000)]
    assert clock.now().utc == 20_000.0
    assert clock.check() == []
    hands.wall += 3600.0
    assert clock.check() == [ClockTrusted(3_600_000)]
    hands.synchronised = False
    assert kinds(clock) == ["clock_untrusted"]
    hands.wait(1.0)
    assert clock.now().utc == 23_601.0


def test_a_clock_below_what_the_server_has_signed_is_not_trusted() -> None:
    hands = Hands()
    hands.wall, hands.synchronised = 20_000.0, True
    clock = hands.clock(0.0)
    clock.raise_floor(20_000.0, 1)
    hands.wait(1.0)
    hands.wall -= 10_000.0
    assert kinds(clock) == ["clock_untrusted"]
    now = clock.now()
    assert (now.utc, now.trusted) == (20_001.0, False)
    assert clock.floor == clock.signed == 20_001.0
    again = hands.clock(clock.floor, clock.signed)
    assert not again.trusted
    assert again.now().utc == again.signed == 20_001.0
    hands.wall += 10_000.0
    assert kinds(clock) == ["clock_trusted"]
    assert clock.now().trusted


def test_a_clock_that_was_set_counts_once_it_was_looked_at() -> None:
    hands = Hands()
    hands.wall, hands.synchronised = 20_000.0, True
    clock = hands.clock(0.0)
    clock.raise_floor(20_000.0, 1)
    hands.wall -= 15_000.0
    hands.wait(0.5)
    assert (clock.now().utc, clock.stamp().utc, clock.floor) == (20_000.5, 20_000_500, 20_000.5)
    assert kinds(clock) == ["clock_untrusted"]
    hands.wall += 15_060.0
    assert kinds(clock) == ["clock_trusted"]
    hands.wall += 3600.0
    assert clock.now().utc == 20_060.5
    assert kinds(clock) == ["clock_trusted"]
    assert (clock.now().utc, clock.now().trusted) == (23_660.5, True)
    hands.wall += 1.9
    assert clock.now().utc == 23_662.4, "less than a step is drift"


def test_a_server_a_little_ahead_does_not_shake_the_trust() -> None:
    hands = Hands()
    hands.synchronised = True
    clock = hands.clock(0.0)
    clock.raise_floor(hands.wall + SKEW_SECONDS - 1.0, 1)
    assert clock.check() == []
    assert clock.signed == hands.wall + SKEW_SECONDS - 1.0
    clock.raise_floor(hands.wall + SKEW_SECONDS + 1.0, 1)
    assert kinds(clock) == ["clock_untrusted"]


def test_a_leap_ahead_that_was_a_lie_ends_with_it() -> None:
    hands = Hands()
    hands.synchronised = True
    clock = hands.clock(0.0)
    hands.wall += 1e8
    clock.check()
    kept = clock.floor, clock.signed
    hands.wall -= 1e8
    assert hands.clock(*kept).trusted
    assert hands.clock(*kept).now().utc == hands.wall


def test_a_server_that_is_years_ahead_shakes_no_clock_and_is_forgotten() -> None:
    hands = Hands()
    hands.synchronised = True
    clock = hands.clock(0.0)
    clock.raise_floor(hands.wall, 7)
    clock.confirmed(8, hands.wall + 1e8, 8)
    assert kinds(clock) == ["server_time_doubted"]
    assert clock.trusted
    assert hands.clock(clock.floor, clock.signed).now().utc == hands.wall, "it is not kept"
    hands.wait(1.0)
    clock.confirmed(9, hands.wall, 9)
    assert kinds(clock) == ["server_time_settled"]
    assert clock.signed == hands.wall


def test_a_unit_that_was_off_for_a_year_revives_nothing_and_settles_by_itself() -> None:
    hands, year = Hands(), 365 * 86_400.0
    clock = hands.clock(5000.0 - 1.0, 5000.0)
    clock.raise_floor(5000.0 + year, 7)
    assert kinds(clock) == ["server_time_doubted"]
    assert (clock.now().utc, clock.source) == (5000.0 + year, ClockSource.SIGNED)
    hands.synchronised = True  # by whoever holds back the time
    assert kinds(clock) == []
    assert not clock.trusted
    hands.wall += year
    assert kinds(clock) == ["server_time_settled", "clock_trusted"]
    assert (clock.signed, clock.source) == (5000.0 + year, ClockSource.NETWORK)


def test_a_clock_without_anybodys_word_says_so() -> None:
    assert Hands().clock(0.0).source is ClockSource.NONE


def test_the_kernel_answers() -> None:
    assert kernel_synchronised() in (True, False)
    assert len(boot_id()) == 32


def test_restarts_are_told_once_in_order(tmp_path: Path) -> None:
    tell_restart(tmp_path, "link", "killed by SIGKILL")
    tell_restart(tmp_path, "lockguard", "it hung")
    told = take_restarts(tmp_path)
    assert [(each.process, each.detail) for each in told] == [
        ("link", "killed by SIGKILL"), ("lockguard", "it hung"),
    ]  # fmt: skip
    assert take_restarts(tmp_path) == []


def test_a_state_is_kept_over_a_restart_and_damage_counts_as_empty(tmp_path: Path) -> None:
    path = tmp_path / "door.db"
    store = StateStore(path)
    store.put("desired", "x")
    store.put("desired", "y")
    store.close()
    again = StateStore(path)
    assert again.get("desired") == "y"
    again.close()
    path.write_bytes(b"\xff" * 4096)
    damaged = StateStore(path)
    assert damaged.get("desired") is None
    damaged.close()
    assert (tmp_path / "door.db.damaged").exists()


def test_a_notifier_speaks_only_when_it_is_listened_to(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as ear:
        ear.bind(str(tmp_path / "n"))
        ear.settimeout(5.0)
        words = {"NOTIFY_SOCKET": str(tmp_path / "n"), "WATCHDOG_USEC": "2000000"}
        notifier = Notifier(words)
        assert notifier.ping_seconds == 0.5
        notifier.ready()
        assert ear.recv(100) == b"READY=1"
        notifier.close()
    other = Notifier({**words, "WATCHDOG_PID": str(os.getpid() + 1)})
    assert other.ping_seconds is None
    other.alive()  # nobody listens any more: nothing happens
    other.close()
    assert Notifier({}).ping_seconds is None
