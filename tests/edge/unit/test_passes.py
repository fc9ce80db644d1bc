"""Passes, anti-passback, places left, and exit readers, at a door whose time the test moves."""

from dataclasses import replace
from typing import Any

import pytest

from loquet_contract.access.credential import digest, from_uid
from loquet_contract.access.decision import EXIT_RULE
from loquet_contract.access.policy import (
    AccessPointRecord,
    AntiPassback,
    AreaRecord,
    HolderRecord,
    PassTerms,
    PeriodLength,
    PeriodRecord,
    Record,
    RuleRecord,
    WhenEmpty,
    WhenFull,
)
from loquet_contract.access.reasons import Reason, Remark
from loquet_contract.ids import (
    AccessPointId,
    AccountId,
    AreaId,
    CredentialDigest,
    HolderId,
    PeriodId,
    ReaderId,
    RuleId,
    ScheduleId,
)
from loquet_edge.config_wires import InputConfig
from loquet_edge.inbox import LeafMoved, LinkSaid
from loquet_edge.moving import MOST_WAITING
from loquet_edge.runner import ReaderPlace
from loquet_edge.seam import Behind, Moved, Status, Took, Wished
from loquet_edge.server_words import STATUS_SECONDS
from tests.edge.unit.a_moving import moving, whole
from tests.edge.unit.a_scene import READER, Scene, card
from tests.edge.unit.a_unit import CHIEF, DOOR, MEMBER, PEPPER, POINT, STRANGER

DAY = 86_400
NOW = 1_000_001_000
"""The wall clock of a scene as it begins."""
OUT, WAY_OUT = ReaderId("out"), AccessPointId("out")
PLACES = {READER: ReaderPlace(DOOR, POINT), OUT: ReaderPlace(DOOR, WAY_OUT)}
CONTACT = InputConfig("contact", 22, True, "up", 0.03)


def sold(
    when_empty: WhenEmpty = WhenEmpty.REFUSE, allowance: int | None = None, **place: Any
) -> list[Record]:
    """Passes for days that begin 100 s before the scene, and weeks; a way in and a way out."""
    days = tuple(NOW - 100 + DAY * number for number in range(30))
    window = None if allowance is None else PeriodId("week")
    terms = PassTerms(PeriodId("day"), when_empty, allowance, window)
    opens: dict[str, Any] = {"consumes": True, **place}
    return [
        PeriodRecord(PeriodId("day"), PeriodLength.DAY, days),
        PeriodRecord(PeriodId("week"), PeriodLength.WEEK, days[::7]),
        RuleRecord(RuleId("all"), (POINT,), ScheduleId("always"), passes=terms),
        AccessPointRecord(POINT, DOOR, AreaId("street"), AreaId("open"), **opens),
        AccessPointRecord(WAY_OUT, DOOR, AreaId("open"), AreaId("street"), exit=True),
    ]


def a_scene(*more: Record, **changes: Any) -> Scene:
    return Scene(more=more, **{"places": PLACES, **changes}).start()


def told(scene: Scene, version: int, facts: dict[str, Any], **changes: Any) -> LinkSaid:
    """A word of the server about what moves; ``created`` in the scene's own time."""
    changes = {"base": version - 1, "created": int(NOW + scene.time - 1000), **changes}
    return LinkSaid(Moved(moving(scene.server.signer, version, facts, **changes)))


def tap(scene: Scene, uid: str = MEMBER, reader: ReaderId = READER) -> Any:
    """Hold a badge to a reader; return what was said of it."""
    before = len(scene.diary.facts)
    scene.do(card(uid, reader=reader))
    kinds = ("access_granted", "access_denied", "credential_presented")
    said = [each for each in scene.diary.facts[before:] if each.kind in kinds]
    return said[0] if said else None


def left(scene: Scene, account: str = "member") -> Any:
    return scene.moving.presence({}).balances.get(AccountId(account))


def start(scene: Scene, **facts: Any) -> Scene:
    """All that the server tells first; names with ``__`` for the stroke."""
    scene.do(told(scene, 1, {k.replace("__", "/"): v for k, v in facts.items()}, base=None))
    return scene


# ---- passes ---------------------------------------------------------------------------------


def test_one_pass_pays_for_a_day_and_coming_again_is_free() -> None:
    scene = start(a_scene(*sold()), balance__member=[2, None])
    first = tap(scene)
    assert (first.account, first.period, first.billed) == ("member", NOW - 100, None)
    assert left(scene).left == 1
    again = tap(scene)
    assert (again.account, again.period) == (None, None)
    scene.wait(DAY)
    assert tap(scene).period == NOW - 100 + DAY
    assert left(scene).left == 0
    scene.wait(DAY)
    refused = tap(scene)
    assert (refused.reason, refused.when) == (Reason.NO_PASS_LEFT, None)


def test_a_grant_that_nobody_uses_takes_no_pass() -> None:
    scene = start(a_scene(*sold(), contact=CONTACT), balance__member=[2, None])
    assert tap(scene).account == "member"
    assert left(scene).left == 2
    scene.wait(5.0)
    assert scene.wait(1.0) == ["access_not_taken"]
    assert left(scene).left == 2
    tap(scene)
    scene.do(LeafMoved(DOOR, True))
    assert left(scene).left == 1


def test_at_an_access_point_that_consumes_nothing_no_pass_is_taken() -> None:
    scene = start(a_scene(*sold(consumes=None)))
    assert tap(scene).account is None
    assert left(scene) is None


def test_without_a_pass_a_plan_may_let_in_and_bill() -> None:
    scene = a_scene(*sold(WhenEmpty.BILL))
    first = tap(scene)
    assert (first.account, first.billed, first.remarks) == ("member", True, (Remark.BILLED,))
    assert tap(scene).billed is None  # the day is on the bill already
    scene.wait(DAY)
    assert tap(scene).billed


def test_an_allowance_comes_anew_with_each_window() -> None:
    scene = a_scene(*sold(allowance=2))
    for _ in range(2):
        assert tap(scene).account == "member"
        scene.wait(DAY)
    refused = tap(scene)
    assert (refused.reason, refused.when) == (Reason.NO_PASS_LEFT, NOW - 100 + 7 * DAY)
    scene.wait(5 * DAY)
    assert tap(scene).account == "member"
    assert left(scene).left == 1


def test_what_was_taken_offline_meets_what_the_server_tells_later() -> None:
    scene = start(a_scene(*sold()), balance__member=[5, None])
    scene.diary.backlog = 9
    for _ in range(3):
        tap(scene)
        scene.wait(DAY)
    assert left(scene).left == 2
    scene.do(told(scene, 2, {"balance/member": [4, None], "paid/member/member": NOW - 100}))
    assert left(scene).left == 2
    last = {"balance/member": [1, None], "paid/member/member": NOW - 100 + 2 * DAY}
    scene.do(told(scene, 3, last))  # another door had taken one as well
    assert left(scene).left == 1
    assert tap(scene).period == NOW - 100 + 3 * DAY


def test_another_door_took_the_pass_of_today() -> None:
    scene = start(a_scene(*sold()), balance__member=[1, None])
    scene.do(told(scene, 2, {"balance/member": [0, None], "paid/member/member": NOW - 100}))
    assert tap(scene).account is None
    scene.wait(DAY)
    assert tap(scene).reason is Reason.NO_PASS_LEFT


def test_a_link_hears_what_became_of_each_word() -> None:
    scene = a_scene(*sold())
    scene.do(told(scene, 7, {}), told(scene, 3, {}, base=None), told(scene, 9, {}))
    scene.do(LinkSaid(Moved("{}")))
    said = [each for each in scene.sent if isinstance(each, Took | Behind)]
    assert said == [Behind(None), Took(3), Behind(3), Took(3)]
    assert scene.last("message_refused").purpose == "moving"


def test_what_others_did_is_told_with_the_next_status_and_makes_none() -> None:
    scene = start(a_scene(*sold()))
    scene.wait(STATUS_SECONDS)
    scene.sent.clear()
    scene.do(told(scene, 2, {"balance/other": [1, None]}))
    scene.wait(STATUS_SECONDS / 2)
    assert not [each for each in scene.sent if isinstance(each, Status)]
    scene.wait(STATUS_SECONDS / 2)
    assert [each.moving_version for each in scene.sent if isinstance(each, Status)] == [2]


def test_a_file_that_was_lost_is_asked_for_anew_but_for_our_own() -> None:
    scene = start(a_scene(*sold()), balance__member=[2, None])
    tap(scene)
    scene.book.rows.clear()
    scene.book.lost = True
    scene.sent.clear()
    scene.wait(1.0)
    assert [each for each in scene.sent if isinstance(each, Behind)] == [Behind(None)]
    scene.do(told(scene, 1, {"balance/member": [2, None]}, base=None))
    assert left(scene).left == 1
    assert [key for _, key in scene.book.rows if key.startswith("spent/")]


def test_while_the_card_is_slow_no_more_is_asked_for() -> None:
    scene = a_scene(*sold())
    scene.book.waiting = MOST_WAITING + 1
    scene.do(told(scene, 3, {}, base=None))
    assert not [each for each in scene.sent if isinstance(each, Took)]
    scene.wait(1.0)
    assert not [each for each in scene.sent if isinstance(each, Took)]
    scene.book.waiting = 0
    scene.wait(1.0)
    assert [each for each in scene.sent if isinstance(each, Took)] == [Took(3)]


# ---- anti-passback and places ---------------------------------------------------------------


def test_soft_anti_passback_lets_in_and_remarks() -> None:
    scene = a_scene(*sold(consumes=None, anti_passback=AntiPassback.SOFT))
    assert tap(scene).remarks is None
    assert tap(scene).remarks == (Remark.ALREADY_INSIDE,)


def test_timed_anti_passback_refuses_for_its_time() -> None:
    place: Any = {"anti_passback": AntiPassback.TIMED, "anti_passback_seconds": 300}
    scene = a_scene(*sold(consumes=None, **place))
    tap(scene)
    scene.wait(299.0)
    refused = tap(scene)
    assert (refused.reason, refused.when) == (Reason.ALREADY_INSIDE, NOW + 300)
    scene.wait(1.0)
    assert tap(scene).kind == "access_granted"


def test_hard_anti_passback_ends_at_the_exit_reader_at_once() -> None:
    scene = a_scene(*sold(consumes=None, anti_passback=AntiPassback.HARD))
    tap(scene)
    assert tap(scene).reason is Reason.ALREADY_INSIDE
    assert tap(scene, CHIEF).kind == "access_granted"
    left_by = tap(scene, MEMBER, OUT)
    assert (left_by.rule, left_by.holder, left_by.access_point) == (EXIT_RULE, "member", WAY_OUT)
    assert tap(scene).kind == "access_granted"


def test_a_stay_that_another_unit_saw_counts_here() -> None:
    scene = a_scene(*sold(consumes=None, anti_passback=AntiPassback.HARD))
    start(scene, stay__member=["open", NOW - 50])
    assert tap(scene).reason is Reason.ALREADY_INSIDE
    scene.do(told(scene, 2, {"stay/member": ["street", NOW - 10]}))
    assert tap(scene).kind == "access_granted"


def test_nobody_is_inside_since_yesterday() -> None:
    place: Any = {"consumes": None, "anti_passback": AntiPassback.HARD}
    scene = a_scene(*sold(**place), AreaRecord(AreaId("open"), day=PeriodId("day")))
    tap(scene)
    assert tap(scene).reason is Reason.ALREADY_INSIDE
    scene.wait(DAY)
    assert tap(scene).kind == "access_granted"


def test_where_nothing_asks_who_is_inside_no_stay_is_noted() -> None:
    scene = a_scene(*sold())
    start(scene, balance__member=[3, None], people__open=1)
    tap(scene)
    tap(scene, MEMBER, OUT)
    assert not [key for _, key in scene.book.rows if key.startswith("stay/")]
    assert scene.moving.presence({}).people.get(AreaId("open")) == 1


@pytest.mark.parametrize("when_full", WhenFull)
def test_a_full_area_warns_or_refuses_and_never_keeps_in(when_full: WhenFull) -> None:
    area = AreaRecord(AreaId("open"), capacity=2, when_full=when_full)
    scene = start(a_scene(*sold(consumes=None), area), people__open=1)
    assert tap(scene).remarks is None
    assert tap(scene).kind == "access_granted"  # inside already: takes no place
    full = tap(scene, CHIEF)
    if when_full is WhenFull.REFUSE:
        assert full.reason is Reason.AREA_FULL
    else:
        assert full.remarks == (Remark.AREA_FULL,)
    assert tap(scene, MEMBER, OUT).rule == EXIT_RULE
    scene.do(told(scene, 2, {"people/open": 1}))
    assert tap(scene, CHIEF).remarks is None


def test_a_reservation_enters_a_full_area() -> None:
    area = AreaRecord(AreaId("open"), capacity=1, when_full=WhenFull.REFUSE)
    booked = RuleRecord(RuleId("booked"), (POINT,), ScheduleId("always"), reserved=True)
    guest = HolderRecord(HolderId("member"), (booked.rule,))
    scene = start(a_scene(*sold(consumes=None), area, booked, guest), people__open=1)
    assert tap(scene, CHIEF).reason is Reason.AREA_FULL
    assert tap(scene).rule == "booked"


# ---- the way out ----------------------------------------------------------------------------


def asked(scene: Scene, uid: str) -> list[str]:
    """Hold a badge to the reader at the way out; what was done, from a door at rest."""
    done = scene.do(card(uid, reader=OUT))
    scene.wait(40.0)
    return done


@pytest.mark.parametrize("exit", ["unseen", "sensor", "button", "reader"])
def test_any_badge_lets_out_at_every_kind_of_door(exit: str) -> None:
    scene = a_scene(*sold(), exit=exit)
    for uid in (STRANGER, MEMBER, "aabb"):
        assert asked(scene, uid)[:3] == ["LOCK release 5", "exit_requested", "door_released"]


def test_who_is_known_is_noted_and_who_is_not_is_not() -> None:
    scene = a_scene(*sold())
    assert "access_granted" not in asked(scene, STRANGER)
    assert asked(scene, MEMBER)[3:] == ["access_granted", "access_taken"]


def test_a_badge_that_opens_nothing_any_more_still_lets_out() -> None:
    name = CredentialDigest(digest(PEPPER, from_uid(bytes.fromhex(MEMBER))))
    scene = a_scene(*sold())
    found = scene.policy.credential(name)
    assert found is not None and found[1] is not None
    scene.policy.records[found[0].key] = replace(found[0], disabled=True)
    scene.policy.records[found[1].key] = replace(found[1], suspended=True)
    assert tap(scene).reason is Reason.CREDENTIAL_DISABLED
    assert asked(scene, MEMBER)[0] == "LOCK release 5"
    assert scene.last("access_granted").rule == EXIT_RULE


def test_a_lockdown_keeps_nobody_in() -> None:
    scene = a_scene(*sold(consumes=None), contact=CONTACT)
    scene.do(LinkSaid(Wished(scene.server.desired(1, "ld1"))))
    assert tap(scene).reason is Reason.LOCKED_DOWN
    done = scene.do(card(MEMBER, reader=OUT))
    assert done[:3] == ["LOCK release 5", "exit_requested", "door_released"]
    assert "access_taken" in scene.do(LeafMoved(DOOR, True))


def test_a_reader_that_is_configured_as_the_way_out_needs_no_policy() -> None:
    places = {**PLACES, OUT: ReaderPlace(DOOR, WAY_OUT, exit=True)}
    scene = a_scene(places=places)
    scene.policy.terms = None
    scene.policy.records.clear()
    assert tap(scene).reason is Reason.NO_POLICY
    for uid in (MEMBER, STRANGER):
        assert asked(scene, uid) == ["LOCK release 5", "exit_requested", "door_released"]


def test_a_leave_that_is_not_used_ends_no_stay() -> None:
    scene = a_scene(*sold(consumes=None, anti_passback=AntiPassback.HARD), contact=CONTACT)
    tap(scene)
    scene.do(LeafMoved(DOOR, True), LeafMoved(DOOR, False))
    scene.do(card(MEMBER, reader=OUT))
    scene.wait(5.0)
    assert "access_not_taken" in scene.wait(1.0)
    assert tap(scene).reason is Reason.ALREADY_INSIDE


def test_all_there_is_comes_in_parts_to_a_door() -> None:
    scene = a_scene(*sold())
    parts = whole(scene.server.signer, 4, {"balance/member": [1, None]}, {"people/open": 1})
    scene.do(*[LinkSaid(Moved(each)) for each in parts])
    assert [each for each in scene.sent if isinstance(each, Took)] == [Took(None), Took(4)]
    assert tap(scene).account == "member"
