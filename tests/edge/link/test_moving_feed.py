"""What moves, through the link: fetched, in turn, one at a time, and never in anybody's way."""

# mypy: disable-error-code="arg-type"

import io
import json
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any

import pytest

from loquet_contract.ids import SiteId
from loquet_contract.wire.codec import decode_text, encode
from loquet_contract.wire.commands import Command, What
from loquet_contract.wire.enrolment import MovingRequest
from loquet_contract.wire.messages import UnitState
from loquet_contract.wire.signing import Purpose, Signer, SigningKey, Verifier
from loquet_edge.link.fetch import FetchedMoving, MovingFetch
from loquet_edge.link.inbox import Inbox
from loquet_edge.link.moving_feed import MAX_WAITING, PATIENCE_SECONDS, MovingFeed
from loquet_edge.link.session import Backoff
from loquet_edge.policy_writer import PolicyWriter
from loquet_edge.seam import Behind, Commanded, Moved, Refused, Took
from tests import policies
from tests.brokers import BROKERS, Listener, RealBroker, running, until
from tests.edge.link.stage import SITE, TOPICS, UNIT, UNIT_KEY, Stage
from tests.edge.unit.a_moving import moving, whole


def said(version: int, *, signer: Signer = policies.SIGNER, **changes: Any) -> str:
    """A change from the version before, in the site of these tests."""
    return moving(signer, version, {}, **{"base": version - 1, "site": SITE, **changes})


def parts(version: int, count: int) -> list[str]:
    return whole(policies.SIGNER, version, *[{} for _ in range(count)], site=SITE)


# ---- by itself ------------------------------------------------------------------------------


class Desk:
    """Stands in for a fetch: what it was asked, and the answer that a test gives it."""

    def __init__(self) -> None:
        self.asked: list[int | None] = []
        self.answer: FetchedMoving | None = None

    def start(self, have: int | None) -> None:
        self.asked.append(have)

    def result(self) -> FetchedMoving | None:
        answer, self.answer = self.answer, None
        return answer

    def ended(self, within: float) -> bool:
        return True


class Way:
    """A feed between a desk and a door that only notes."""

    def __init__(self, folder: Path) -> None:
        verifier = Verifier(policies.SERVER_KEY.public)
        self.writer = PolicyWriter(folder / "policy.db", verifier, SITE, UNIT)
        self.sent: list[Moved] = []
        self.desk: Any = Desk()
        inbox = Inbox(SITE, UNIT, verifier, self.writer)
        backoff = Backoff(2.0, 300.0, lambda: 1.0)
        self.feed = MovingFeed(self.desk, self.sent.append, inbox, backoff)
        self.feed.door_found()

    def answer(self, now: float, *documents: str, detail: str = "", refused: bool = False) -> Any:
        found = documents if not detail else None
        self.desk.answer = FetchedMoving(found, detail, refused)
        return self.feed.advance(now).to_door


@pytest.fixture
def way(tmp_path: Path) -> Iterator[Way]:
    found = Way(tmp_path)
    yield found
    found.writer.close()


def test_one_is_on_its_way_at_a_time(way: Way) -> None:
    for version in (1, 2, 3):
        way.feed.hear(said(version))
        way.feed.advance(0.0)
    assert way.sent == [Moved(said(1))]
    way.feed.took(1, 0.0)
    way.feed.advance(0.0)
    way.feed.advance(PATIENCE_SECONDS - 0.1)
    assert way.sent == [Moved(said(1)), Moved(said(2))]
    assert way.feed.deadline() == PATIENCE_SECONDS
    way.feed.advance(PATIENCE_SECONDS)  # a door that said nothing is sent the next
    assert way.sent[2:] == [Moved(said(3))]


def test_what_is_fetched_goes_before_what_came_meanwhile(way: Way) -> None:
    way.feed.behind(None, 0.0)
    way.feed.advance(0.0)
    assert way.desk.asked == [None]
    way.feed.hear(said(5))
    assert way.answer(1.0, *parts(4, 2)) == ()
    for have in (None, 4, 5):
        way.feed.took(have, 1.0)
        way.feed.advance(1.0)
    assert way.sent == [Moved(each) for each in (*parts(4, 2), said(5))]


def test_a_door_that_stays_behind_is_served_ever_more_slowly(way: Way) -> None:
    now, pauses = 0.0, []
    for _ in range(4):
        way.feed.behind(3, now)
        pauses.append(way.feed.deadline() - now)
        now = max(now, way.feed.deadline())
        way.feed.advance(now)
        way.answer(now, said(4))
    assert pauses == [0.0, 2.0, 4.0, 8.0]
    assert way.desk.asked == [3] * 4
    way.feed.took(4, now)
    way.feed.behind(4, now)
    assert way.feed.deadline() - now <= 16.0


def test_a_server_that_does_not_answer_holds_up_no_change(way: Way) -> None:
    way.feed.want(0.0)
    way.feed.advance(0.0)
    way.feed.hear(said(7))
    assert way.answer(1.0, detail="no route") == ()
    assert way.sent == [Moved(said(7))]
    way.feed.took(7, 1.0)
    assert way.feed.deadline() == 3.0


def test_what_is_on_its_way_is_not_asked_for_again(way: Way) -> None:
    way.feed.behind(None, 0.0)
    way.feed.advance(0.0)
    way.feed.want(0.5)
    assert way.feed.deadline() == float("inf")
    way.answer(1.0, *parts(4, 2))
    way.feed.took(None, 9.0)
    way.feed.advance(9.0)
    assert way.desk.asked == [None]
    way.feed.took(4, 9.0)
    way.feed.advance(9.0)
    assert way.desk.asked == [None, 4]


@pytest.mark.parametrize(
    "document", ["nonsense", said(2, site=SiteId("other")),
                 said(2, signer=Signer(SigningKey.generate()))],
)  # fmt: skip
def test_an_answer_that_does_not_verify_is_told_and_goes_no_further(
    way: Way, document: str
) -> None:
    way.feed.behind(1, 0.0)
    way.feed.advance(0.0)
    (refused,) = way.answer(0.0, said(2), document)
    assert isinstance(refused, Refused)
    assert refused.purpose == "moving"
    assert way.sent == []
    way.feed.advance(2.0)
    assert way.desk.asked == [1, 1]
    (refused,) = way.answer(2.0, detail="the answer is too large", refused=True)
    assert "too large" in refused.detail


def test_a_flood_for_a_door_that_is_away_is_bounded(way: Way) -> None:
    for version in range(1, MAX_WAITING + 11):
        way.feed.hear(said(version))
    for _ in range(MAX_WAITING + 20):
        way.feed.advance(0.0)
        way.feed.took(0, 0.0)
    assert len(way.sent) == MAX_WAITING
    assert way.sent[-1] == Moved(said(MAX_WAITING + 10))


def test_without_a_door_nothing_is_asked(tmp_path: Path) -> None:
    way = Way(tmp_path)
    way.feed = MovingFeed(way.desk, way.sent.append, way.feed._inbox, Backoff())
    way.feed.want(0.0)
    way.feed.hear(said(1))
    way.feed.advance(0.0)
    assert (way.desk.asked, way.sent) == ([], [])
    way.feed.door_found()
    way.feed.advance(1.0)
    assert way.desk.asked == [None]
    way.writer.close()


# ---- over real brokers ----------------------------------------------------------------------


class Office:
    """Answers over HTTP what a test lays out, once; ``asked`` are the genuine questions."""

    def __init__(self) -> None:
        self.asked: list[int | None] = []
        self.lines: list[str] = []
        self.go_on = threading.Event()
        self.go_on.set()

    def __call__(self, request: urllib.request.Request, timeout: float) -> IO[bytes]:
        if not request.full_url.endswith(f"/api/v1/units/{UNIT}/moving"):
            raise urllib.error.URLError("no policy here")
        assert isinstance(request.data, bytes)
        signed = Verifier(UNIT_KEY.public).payload(Purpose.MOVING_REQUEST, request.data)
        self.go_on.wait(20)
        self.asked.append(decode_text(MovingRequest, signed).have)
        lines, self.lines = self.lines, []
        return io.BytesIO("".join(line + "\n" for line in lines).encode())


@pytest.fixture(params=BROKERS, ids=lambda cls: cls.name)
def broker(request: pytest.FixtureRequest, short_folder: Path) -> Iterator[RealBroker]:
    with running(request.param, short_folder / "broker") as found:
        yield found


@pytest.fixture
def office() -> Office:
    return Office()


@pytest.fixture
def stage(broker: RealBroker, short_folder: Path, office: Office) -> Iterator[Stage]:
    found = Stage(broker, short_folder / "unit", web=office)
    yield found
    office.go_on.set()
    found.close()


@pytest.fixture
def server(broker: RealBroker) -> Iterator[Listener]:
    found = Listener.server(broker, f"{TOPICS}/#")
    yield found
    found.close()


Wait = Callable[[int], list[str]]


def moved(stage: Stage, count: int) -> list[str]:
    """What ``door`` was told, once it is so much; it says each time that it took it."""
    until(lambda: len(stage.door.of(Moved)) >= count, f"{count} messages about what moves")
    found = [each.document for each in stage.door.of(Moved)]
    stage.door.say(Took(None))
    return found


@pytest.fixture
def hanging(office: Office) -> Office:
    """The office, which does not answer before it is told to go on."""
    office.go_on.clear()
    office.lines = parts(4, 3)
    return office


def test_a_door_that_is_behind_is_told_all_and_then_what_came_since(
    hanging: Office, stage: Stage, server: Listener
) -> None:
    office, expected = hanging, [*hanging.lines, said(5)]
    until(lambda: stage.door.joined, "the link has joined door")
    stage.door.say(Behind(None))
    until(lambda: server.said(f"{TOPICS}/online"), "the session is open")
    server.publish(f"{TOPICS}/moving", said(5))
    order = Command(SITE, UNIT, "c1", What.IDENTIFY, "anna", "where", "boot", "challenge")
    command = policies.SIGNER.sign(Purpose.COMMAND, encode(order))
    server.publish(f"{TOPICS}/commands", command)
    until(lambda: stage.door.of(Commanded), "a command is not held up by a server that hangs")
    assert stage.door.of(Moved) == []
    office.go_on.set()
    for count in range(1, 5):
        assert moved(stage, count) == expected[:count]
    assert office.asked[0] is None


def test_what_is_forged_never_reaches_the_deciding_process(stage: Stage, server: Listener) -> None:
    until(lambda: server.said(f"{TOPICS}/online"), "the session is open")
    server.publish(f"{TOPICS}/moving", said(2, signer=Signer(SigningKey.generate())))
    server.publish(f"{TOPICS}/moving", said(3, site=SiteId("other")))
    server.publish(f"{TOPICS}/moving", "x" * 70_000)
    server.publish(f"{TOPICS}/moving", said(4))
    assert moved(stage, 1) == [said(4)]
    until(lambda: len(stage.door.of(Refused)) == 3, "three refusals are told")
    assert {each.purpose for each in stage.door.of(Refused)} == {"moving"}


def test_the_state_says_which_version_is_held(stage: Stage, server: Listener) -> None:
    stage.status(moving_version=12)
    until(lambda: server.said(f"{TOPICS}/state"), "a state is published")
    document = server.said(f"{TOPICS}/state")[-1]
    state = decode_text(UnitState, Verifier(UNIT_KEY.public).payload(Purpose.STATE, document))
    assert state.moving_version == 12
    assert json.loads(json.loads(document)["payload"])["moving_version"] == 12


def test_a_fetch_that_ends_badly_says_why(tmp_path: Path, broker: RealBroker) -> None:
    from tests.edge.link.stage import identity_for

    ended = threading.Event()
    fetch = MovingFetch(identity_for(broker, "http://127.0.0.1:9"), ended.set)
    fetch.start(None)
    assert ended.wait(20)
    result = fetch.result()
    assert result is not None
    assert (result.documents, result.refused) == (None, False)
    assert "does not answer" in result.detail
