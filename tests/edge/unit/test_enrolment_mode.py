"""A reader that takes a badge's number down instead of deciding, for a moment."""

from typing import Any

import pytest

from loquet_contract.access.credential import digest, from_uid
from loquet_contract.access.decision import EXIT_RULE
from loquet_contract.access.reasons import Reason
from loquet_contract.feedback import PATTERNS, Shown
from loquet_contract.ids import AccessPointId, CommandId
from loquet_contract.wire.commands import Outcome, What
from loquet_edge.feedback.player import LEAD_SECONDS
from loquet_edge.inbox import LinkSaid
from loquet_edge.seam import Answered, Wished
from tests.edge.unit.a_scene import OTHER, Scene, card
from tests.edge.unit.a_unit import CHIEF, DOOR, MEMBER, PEPPER, POINT, STRANGER
from tests.edge.unit.test_passes import OUT, WAY_OUT, a_scene, sold, tap


def enrol(scene: Scene, name: str = "c1", **changes: Any) -> Outcome:
    wanted = {"access_point": POINT, "seconds": 60, **changes}
    scene.do(scene.command(name, What.ENROL, **wanted))
    return [each.outcome for each in scene.sent if isinstance(each, Answered)][-1]


@pytest.mark.parametrize("uid", [STRANGER, MEMBER, "08010203"])
def test_the_next_badge_is_told_sealed_and_moves_no_lock(uid: str) -> None:
    scene = Scene().start()
    assert enrol(scene) is Outcome.PERFORMED
    assert scene.do(card(uid)) == ["credential_presented"]
    told = scene.last("credential_presented")
    assert (told.door, told.access_point, told.command) == (DOOR, POINT, CommandId("c1"))
    assert told.sealed == "sealed"
    assert told.credential == digest(PEPPER, from_uid(bytes.fromhex(uid)))
    assert tap(scene, MEMBER).kind == "access_granted"


def test_the_time_ends_it() -> None:
    scene = Scene().start()
    enrol(scene, seconds=30)
    scene.wait(29.9)
    enrol(scene, "c2", seconds=30)
    scene.wait(30.0)
    assert tap(scene, STRANGER).kind == "access_denied"
    assert scene.last("command_performed").what == "enrol"


def test_only_the_named_place_waits() -> None:
    scene = a_scene()
    enrol(scene, access_point=WAY_OUT)
    assert tap(scene, MEMBER).kind == "access_granted"


@pytest.mark.parametrize(
    "changes",
    [
        {"access_point": AccessPointId("elsewhere")}, {"access_point": None}, {"seconds": 0},
        {"seconds": 301}, {"seconds": None}, {"seconds": -1},
    ],
)  # fmt: skip
def test_a_command_that_makes_no_sense_is_refused(changes: dict[str, Any]) -> None:
    scene = Scene().start()
    assert enrol(scene, **changes) is Outcome.REFUSED
    assert tap(scene, STRANGER).reason is Reason.CREDENTIAL_UNKNOWN


def test_in_a_lockdown_the_badge_that_lifts_it_is_heard() -> None:
    scene = Scene().start()
    enrol(scene)
    scene.do(LinkSaid(Wished(scene.server.desired(1, "ld1"))))
    assert tap(scene, CHIEF).kind == "access_granted"
    scene.do(LinkSaid(Wished(scene.server.desired(2, "ld2"))))
    assert enrol(scene, "c2") is Outcome.REFUSED


def test_a_badge_at_the_way_out_is_told_and_lets_out_all_the_same() -> None:
    scene = a_scene(*sold())
    enrol(scene, access_point=WAY_OUT)
    done = scene.do(card(MEMBER, reader=OUT))
    assert done[0] == "LOCK release 5"
    assert done[-1] == "credential_presented"
    scene.wait(40.0)
    assert tap(scene, MEMBER, OUT).rule == EXIT_RULE


def test_the_lights_wait_for_the_badge_and_tell_that_it_was_heard() -> None:
    scene = Scene().start()
    green: Any = scene.granted
    red: Any = scene.denied
    enrol(scene)
    seen = []
    for _ in range(4):
        seen.append((green.active, red.active))  # blue is not wired: both together
        scene.wait(0.25)
    assert seen == [(True, True), (False, False)] * 2
    scene.do(card(STRANGER, reader=OTHER))
    scene.wait(LEAD_SECONDS)
    assert (green.active, red.active) == (True, False)
    scene.wait(PATTERNS[Shown.HEARD].seconds)
    assert not green.active


def test_the_lights_wait_no_longer_than_the_reader() -> None:
    scene = Scene().start()
    enrol(scene, seconds=30)
    scene.wait(31.0)
    assert not scene.granted.active  # type: ignore[attr-defined]
