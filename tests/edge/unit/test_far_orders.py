"""Orders that reach beyond the doors: restart, fetch anew, send the log."""

import pytest

from loquet_contract.ids import LockdownId
from loquet_contract.wire.commands import Outcome, What
from loquet_edge.door import events
from loquet_edge.far_orders import CAUSE
from loquet_edge.inbox import GuardSaid, LinkSaid
from loquet_edge.lockguard.leases import Tell, Told
from loquet_edge.seam import Answered, Ending, FetchWanted, LogWanted, Wished
from tests.edge.unit.a_scene import Scene, card
from tests.edge.unit.a_unit import DOOR, MEMBER


def said(scene: Scene, kind: type) -> list[object]:
    return [each for each in scene.sent if isinstance(each, kind)]


def last_answer(scene: Scene) -> Answered:
    found = said(scene, Answered)[-1]
    assert isinstance(found, Answered)
    return found


def test_fetching_and_logs_are_passed_to_the_link_once_the_order_counts() -> None:
    scene = Scene().start()
    order = scene.command("c1", What.LOGS)
    assert scene.do(order) == ["command_performed"]
    assert scene.do(scene.command("c2", What.FETCH)) == ["command_performed"]
    assert said(scene, LogWanted) == [LogWanted("c1")]  # type: ignore[arg-type]
    assert said(scene, FetchWanted) == [FetchWanted()]
    assert scene.do(order) == ["command_refused"]  # a replay
    assert len(said(scene, LogWanted)) == 1


def test_a_restart_answers_first_then_ends_the_link_then_the_door() -> None:
    scene = Scene().start()
    assert scene.do(scene.command("c1", What.RESTART)) == ["command_performed"]
    assert last_answer(scene).outcome is Outcome.PERFORMED
    assert not said(scene, Ending) and not scene.stopped
    scene.wait(1.0)
    assert said(scene, Ending) and not scene.stopped
    scene.wait(1.0)
    assert scene.stopped == [CAUSE]
    scene.wait(5.0)
    assert scene.stopped == [CAUSE] and len(said(scene, Ending)) == 1


def in_fire(scene: Scene) -> None:
    scene.do(GuardSaid(Tell(Told.FIRE_LOOP, 0, True)), GuardSaid(Tell(Told.FIRE_LATCH, 0, True)))


def after_fire(scene: Scene) -> None:
    in_fire(scene)
    scene.do(GuardSaid(Tell(Told.FIRE_LOOP, 0, False)))


def leaving(scene: Scene) -> None:
    scene.do(GuardSaid(Tell(Told.EXIT, 0, True)))


def passing(scene: Scene) -> None:
    scene.do(card(MEMBER))


def commanded(scene: Scene) -> None:
    scene.do(scene.command("r1"))


def locked_down(scene: Scene) -> None:
    scene.do(LinkSaid(Wished(scene.server.desired(1, "ld1"))))


def enrolling(scene: Scene) -> None:
    point = next(iter(scene.parts.readers.values())).access_point
    scene.do(scene.command("e1", What.ENROL, access_point=point, seconds=60))


@pytest.mark.parametrize(
    ("hindrance", "word"),
    [
        (in_fire, "fire alarm"), (after_fire, "fire alarm"), (leaving, "leaving"),
        (passing, "passing"), (commanded, "passing"), (locked_down, "locked down"),
        (enrolling, "badge to be enrolled"),
    ],
)  # fmt: skip
def test_no_restart_while_somebody_needs_the_unit(hindrance: object, word: str) -> None:
    scene = Scene().start()
    hindrance(scene)  # type: ignore[operator]
    assert "command_refused" in scene.do(scene.command("c1", What.RESTART))
    assert last_answer(scene).outcome is Outcome.REFUSED
    assert word in last_answer(scene).detail
    scene.wait(1.0)
    scene.wait(1.0)
    assert not said(scene, Ending) and not scene.stopped


def test_what_comes_between_the_order_and_the_end_stops_it() -> None:
    scene = Scene().start()
    scene.do(scene.command("c1", What.RESTART))
    scene.parts.doorways[DOOR].feed(events.LockdownApplied(LockdownId("ld1")), scene.time)
    scene.wait(1.0)
    scene.wait(1.0)
    assert not said(scene, Ending) and not scene.stopped
    other = Scene().start()
    other.do(other.command("c1", What.RESTART))
    other.wait(1.0)
    assert said(other, Ending)
    in_fire(other)  # the link is gone already, and comes back by itself
    other.wait(1.0)
    assert not other.stopped
