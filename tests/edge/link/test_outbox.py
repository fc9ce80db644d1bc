"""The outbox: everything at least once and in order, never beyond the window, never spinning."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loquet_edge.link.outbox import PATIENCE, SLOWEST, WINDOW, Outbox, cut
from loquet_edge.link.session import Backoff


def _sending(last: int = 100) -> Outbox:
    outbox = Outbox()
    outbox.begin(0, last)
    outbox.connected()
    return outbox


def test_nothing_is_due_without_a_session() -> None:
    outbox = Outbox()
    outbox.begin(0, 5)
    assert outbox.due(0.0) is None
    outbox.connected()
    assert outbox.due(0.0) == 0


def test_the_window_is_never_passed() -> None:
    outbox = _sending()
    for batch in range(1, WINDOW + 1):
        assert outbox.due(0.0) == batch - 1
        outbox.batch_sent(batch, 0.0)
    assert outbox.due(0.0) is None
    outbox.acknowledged(1, 1)
    assert outbox.due(0.0) == WINDOW


def test_a_new_session_goes_back() -> None:
    outbox = _sending()
    outbox.batch_sent(10, 0.0)
    outbox.disconnected()
    assert outbox.due(0.0) is None
    outbox.connected()
    assert outbox.due(0.0) == 0


def test_a_server_whose_clock_was_set_back_is_heard_again() -> None:
    outbox = _sending(10)
    outbox.batch_sent(10, 0.0)
    outbox.acknowledged(4, 1_000)  # its clock is a year ahead
    outbox.acknowledged(10, 7)
    assert outbox.acked == 4, "all of it was written when the later word came: maybe an echo"
    outbox.appended(12)
    outbox.batch_sent(12, 0.0)
    outbox.acknowledged(12, 9)
    assert (outbox.acked, outbox.backlog) == (12, 0), "nobody could have said this before"
    outbox.acknowledged(3, 8)
    assert outbox.acked == 12, "from now on the order is that of the clock as it is"
    outbox.acknowledged(3, 10)
    assert (outbox.acked, outbox.due(0.0)) == (3, 3)


def test_silence_goes_back_ever_more_slowly() -> None:
    outbox = _sending()
    now, pauses = 0.0, []
    for _ in range(8):
        outbox.batch_sent(10, now)
        deadline = outbox.deadline()
        assert deadline is not None
        assert outbox.due(deadline - 0.001) == 10
        pauses.append(deadline - now)
        now = deadline
        assert outbox.due(now) == 0
    assert pauses == [PATIENCE * 2**n if PATIENCE * 2**n < SLOWEST else SLOWEST for n in range(8)]
    outbox.batch_sent(10, now)
    outbox.acknowledged(10, 1)
    outbox.batch_sent(20, now)
    assert outbox.deadline() == now + PATIENCE


def test_an_echo_of_an_earlier_word_changes_nothing() -> None:
    outbox = _sending()
    outbox.batch_sent(10, 0.0)
    outbox.acknowledged(10, 500)
    outbox.acknowledged(4, 400)
    assert (outbox.acked, outbox.due(0.0)) == (10, 10)


def test_a_server_that_says_later_that_it_has_less_gets_it_again() -> None:
    outbox = _sending()
    outbox.batch_sent(10, 0.0)
    outbox.acknowledged(10, 500)
    outbox.acknowledged(4, 600)
    assert (outbox.acked, outbox.due(0.0)) == (4, 4)


def test_a_sequence_that_was_never_written_is_ignored() -> None:
    outbox = _sending(last=10)
    for sequence in (11, 10**9, -1):
        outbox.acknowledged(sequence, 9)
    assert (outbox.acked, outbox.backlog) == (0, 10)


def test_a_batch_that_follows_nothing_is_our_error() -> None:
    outbox = _sending()
    outbox.batch_sent(10, 0.0)
    with pytest.raises(ValueError, match="does not follow"):
        outbox.batch_sent(10, 0.0)


Step = st.one_of(
    st.tuples(st.just("append"), st.integers(1, 20)),
    st.tuples(st.just("send"), st.integers(1, 7)),
    st.tuples(st.just("lose"), st.just(0)),
    st.tuples(st.just("ack"), st.integers(0, 3)),
    st.tuples(st.just("forged"), st.integers(-5, 10**6)),
    st.tuples(st.just("cut"), st.just(0)),
    st.tuples(st.just("back"), st.just(0)),
    st.tuples(st.just("wait"), st.integers(0, 400)),
    st.tuples(st.just("restore"), st.integers(0, 10)),
)


class World:
    """A line that loses what it likes, and a server that keeps only what follows."""

    def __init__(self) -> None:
        self.outbox = Outbox(window=3)
        self.outbox.begin(0, 0)
        self.now, self.last, self.kept, self.said = 0.0, 0, 0, 0
        self.flying: list[tuple[int, int]] = []
        self.acks: list[tuple[int, int]] = []

    def step(self, what: str, size: int) -> None:
        if what == "append":
            self.last += size
            self.outbox.appended(self.last)
        elif what == "send":
            after = self.outbox.due(self.now)
            if after is not None:
                until = min(after + size, self.last)
                self.flying.append((after, until))
                self.outbox.batch_sent(until, self.now)
        elif what == "lose":
            self.flying.clear()
        elif what == "ack":
            self.deliver()
            if size and self.acks:
                self.outbox.acknowledged(*self.acks.pop(0))
        elif what == "forged":
            self.outbox.acknowledged(self.last + 1 + abs(size), self.said + 1)
        elif what in ("cut", "back"):
            self.flying.clear()
            self.outbox.disconnected() if what == "cut" else self.outbox.connected()
        elif what == "wait":
            self.now += size
        else:
            self.kept = max(0, self.kept - size)
            self.say()

    def deliver(self) -> None:
        for after, until in self.flying:
            if after <= self.kept < until:
                self.kept = until
            self.say()
        self.flying.clear()

    def say(self) -> None:
        self.said += 1
        self.acks.append((self.kept, self.said))


@given(st.lists(Step, max_size=200))
def test_whatever_happens_all_arrives_in_order(steps: list[tuple[str, int]]) -> None:
    world = World()
    for what, size in steps:
        world.step(what, size)
        assert 0 <= world.outbox.acked <= world.outbox.sent <= world.outbox.last == world.last
        assert len(world.outbox._flights) <= 3
    world.step("back", 0)
    world.say()
    for _ in range(3 * world.last + 20):
        world.step("send", 5)
        world.deliver()
        while world.acks:
            world.outbox.acknowledged(*world.acks.pop(0))
    assert world.kept == world.outbox.acked == world.last
    assert world.outbox.due(world.now) is None
    assert world.outbox.deadline() is None


@given(st.lists(st.integers(1, 1000), max_size=50), st.integers(1, 5000))
def test_a_cut_fits_and_is_the_largest_that_does(sizes: list[int], limit: int) -> None:
    count = cut(sizes, limit)
    assert (count >= 1) == bool(sizes)
    assert sum(sizes[:count]) <= limit or count == 1
    assert count == len(sizes) or sum(sizes[: count + 1]) > limit


@given(st.floats(0, 1), st.integers(1, 100))
def test_backoff_grows_to_its_cap_with_jitter(draw: float, tries: int) -> None:
    backoff = Backoff(1.0, 60.0, lambda: draw)
    for number in range(tries):
        whole = min(60.0, 2.0**number)
        assert whole / 2 <= backoff.next() <= whole
    backoff.reset()
    assert backoff.next() <= 1.0
