"""Desks of a unit: their configuration, the hall that feeds them, badges at their readers."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from loquet_contract.access.credential import digest, from_uid
from loquet_contract.access.policy import CredentialRecord
from loquet_contract.ids import AreaId, CounterId, CredentialDigest, DeskId, HolderId, ReaderId
from loquet_contract.wire.events import DeskAway, DeskBadged, DeskOccupied, DeskUnknown
from loquet_edge.beam.state import Beam
from loquet_edge.commands.desk_advice import desk_advice
from loquet_edge.config import UnitConfig, load
from loquet_edge.config_lines import used_lines
from loquet_edge.counters import CounterHall
from loquet_edge.desk.state import SensorKind, presence
from loquet_edge.desk_taps import DeskReaders
from loquet_edge.desks import BADGES, DeskHall, Fitting, machine_config
from loquet_edge.drivers.ports import ReaderLost, ReaderReturned
from loquet_edge.errors import ConfigurationError
from loquet_edge.inbox import BeamChanged
from loquet_edge.indicators import Indicators
from tests.edge.unit.a_scene import Lamp, Scene, card
from tests.edge.unit.a_unit import PEPPER

HEAD = '[unit]\nsite = "s"\nid = "u"\nboard = "simulated"\n'
DOOR = '[[doors]]\nid = "front"\nlock = "strike"\nlock_line = 17\ncontact_line = 22\n'
DESK = '[[desks]]\nid = "d"\narea = "a"\n'
READER = '[[readers]]\nid = "d-badge"\ndesk = "d"\n'
D = DeskId("d")


def read(folder: Path, text: str) -> UnitConfig:
    file = folder / "unit.toml"
    file.write_text(HEAD + text, "utf-8")
    return load(file)


# ---- configuration ------------------------------------------------------------------------


def test_old_files_mean_what_they_meant(tmp_path: Path) -> None:
    (desk,) = read(tmp_path, DESK + "seat_line = 4\npir_line = 5\nhold = 90\n").desks
    seat, motion = machine_config(desk).sensors
    assert (seat.kind, seat.hold, seat.stuck_after) == (SensorKind.SEAT, 10, 57_600)
    assert (motion.hold, motion.longest_hold, motion.confirm) == (90, None, None)
    assert machine_config(desk).away == 0


def test_a_detector_without_times_is_patient(tmp_path: Path) -> None:
    (desk,) = read(tmp_path, DESK + "pir_line = 5\n").desks
    (motion,) = machine_config(desk).sensors
    assert (motion.hold, motion.longest_hold, motion.confirm) == (300, 420, 180)


def test_everything_that_can_watch_a_desk(tmp_path: Path) -> None:
    text = DOOR + DESK + (
        'seat_line = 4\npresence_line = 5\npir_line = 6\naway = 600\ndoor = "front"\n'
        "led_granted_line = 12\nbuzzer_line = 13\n"
        '[[desks.sensors]]\nname = "window"\nkind = "pir"\nline = 16\nhold = 60\n'
        '[[desks.sensors]]\nname = "mat"\nkind = "seat"\nline = 18\n'
    ) + READER + (
        '[[counters]]\nid = "beams"\ndoor = "front"\nouter_line = 26\ninner_line = 27\n'
    )  # fmt: skip
    unit = read(tmp_path, text)
    desk = machine_config(unit.desks[0])
    names = ["badge", "seat", "presence", "pir", "window", "mat"]
    assert [each.id for each in desk.sensors] == names
    assert (desk.away, desk.door, desk.sensors[4].longest_hold) == (600, True, None)
    roles = {line.line: line.role for line in used_lines(unit)}
    assert roles[16] == "pir:d.window" and roles[26] == "outer:beams"
    assert [each.id for each in unit.all_readers] == ["d-badge"] and unit.readers == ()
    assert unit.counters[0].outer.pull == "up", "a cut wire looks like a broken beam"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (DESK, ("[desks.d] seat_line", "presence_line", "reader")),
        (DESK + "pir_line = 5\nconfirm = 60\nhold = 5\n", ("[desks.d] confirm", "longest_hold")),
        (DESK + "pir_line = 5\nlongest_hold = 60\n", ("longest_hold", "shorter than hold (300")),
        (DESK + 'pir_line = 5\ndoor = "frnt"\n' + DOOR, ("[desks.d] door", "'front'")),
        (DESK + "pir_line = 5\nawya = 5\n", ("[desks.d] awya", "'away'")),
        (DESK + "pir_line = 5\npresence_line = 5\n", ("line 5 is already taken",)),
        (READER, ("[readers.d-badge] desk", "no desk is named 'd'")),
        (DESK + 'pir_line = 5\n[[desks.sensors]]\nname = "pir"\nkind = "pir"\nline = 6\n',
         ("[desks.d] sensors", "'pir' is there twice")),
        (DESK + '[[desks.sensors]]\nname = "x"\nkind = "pri"\nline = 6\n',
         ("[desks.d.sensors.x] kind", "'pir'")),
        (DOOR + '[[counters]]\nid = "c"\ndoor = "front"\nouter_line = 26\n',
         ("[counters.c] inner_line", "missing")),
    ],
)  # fmt: skip
def test_an_error_says_what_where_and_what_to_do(
    tmp_path: Path, text: str, expected: tuple[str, ...]
) -> None:
    with pytest.raises(ConfigurationError) as caught:
        read(tmp_path, text)
    for part in expected:
        assert part in str(caught.value)


def test_what_is_unwise_is_said(tmp_path: Path) -> None:
    other = (DESK + READER).replace('"d"', '"e"')
    unwise = read(tmp_path, DESK + "pir_line = 5\nhold = 20\naway = 600\n" + other)
    said = [f"{what}: {advice}" for what, advice in desk_advice(unwise)]
    assert [each.split(":")[0] for each in said] == ["desk d", "desk d", "reader d-badge"]
    assert "away does nothing here" in said[0] and "20 s" in said[1]
    assert list(desk_advice(read(tmp_path, DESK + "pir_line = 5\n"))) == []


# ---- the hall -----------------------------------------------------------------------------


class Notes:
    """A store that a test looks into."""

    def __init__(self) -> None:
        self.kept: dict[str, str] = {}

    def get(self, name: str) -> str | None:
        return self.kept.get(name)

    def put(self, name: str, value: str) -> None:
        self.kept[name] = value


def utc(monotonic: float) -> float:
    return 1e9 + monotonic


def test_the_countdown_is_told_in_utc(tmp_path: Path) -> None:
    hall = DeskHall(read(tmp_path, DESK + "seat_line = 5\naway = 600\n").desks, utc)
    hall.start({D: {"seat": False}}, 0.0)
    hall.sense(D, "seat", True, 100.0)
    hall.sense(D, "seat", False, 400.0)
    (away,) = hall.pass_time(410.0)
    assert isinstance(away, DeskAway) and away.until == 1e9 + 1010
    assert hall.states == {D: "away"} and hall.deadline == 1010.0


def test_a_check_in_outlives_a_restart_and_a_rotten_note_does_not_stop_the_unit(
    tmp_path: Path,
) -> None:
    desks, notes = read(tmp_path, DESK + READER).desks, Notes()
    hall = DeskHall(desks, utc, notes)
    hall.start({}, 0.0)
    badged, occupied = hall.badge(D, HolderId("h1"), CredentialDigest("x"), 10.0)
    assert (badged.kind, occupied.kind) == ("desk_badged", "desk_occupied")
    assert hall.badge(D, HolderId("h1"), CredentialDigest("x"), 11.0) == []
    again = DeskHall(desks, utc, notes)
    (found,) = again.start({}, 5000.0)
    assert isinstance(found, DeskOccupied) and found.evidence == "badge"
    assert again.deadline == 36_010.0
    left = again.badge(D, HolderId("h1"), CredentialDigest("x"), 6000.0)
    assert [each.kind for each in left] == ["desk_badged", "desk_freed"]
    for rotten in ("{", "[]", '{"d": 5}', '{"d": ["h", "soon"]}', "{}"):
        notes.kept[BADGES] = rotten
        assert [each.kind for each in DeskHall(desks, utc, notes).start({}, 0.0)] == ["desk_freed"]


def test_the_spaces_own_sensors_join_and_leave(tmp_path: Path) -> None:
    hall = DeskHall(read(tmp_path, DESK + "seat_line = 5\n").desks, utc)
    hall.start({D: {"seat": False}}, 0.0)
    radar = replace(presence(silent_after=60.0), name="z-1")
    other = DeskId("far")
    fittings = {D: Fitting(AreaId("a"), (radar,)), other: Fitting(AreaId("b"), (radar,), True)}
    assert {each.kind for each in hall.fit(fittings, 1.0)} == {"desk_unknown"}
    assert hall.fit(fittings, 2.0) == []
    assert hall.sense(other, "z-1", True, 3.0)[0].kind == "desk_occupied"
    assert hall.sense(D, "z-1", False, 3.0) == []
    assert [each.kind for each in hall.pass_time(33.0)] == ["desk_freed"]
    assert [each.kind for each in hall.lose(D, "z-1", 40.0)] == ["desk_unknown"]
    gone = hall.fit({}, 50.0)
    assert {(each.kind, getattr(each, "desk", "")) for each in gone} == {
        ("desk_freed", D), ("desk_unknown", other),
    }  # fmt: skip
    assert hall.states == {D: "free"}
    assert hall.sense(other, "z-1", True, 60.0) == []


def test_the_door_of_a_room_is_heard_by_its_desk(tmp_path: Path) -> None:
    unit = read(tmp_path, DOOR + DESK + 'presence_line = 5\ndoor = "front"\n')
    hall = DeskHall(unit.desks, utc)
    hall.start({D: {"presence": False}}, 0.0)
    hall.door_moved(unit.doors[0].id, False, 1.0)
    hall.sense(D, "presence", True, 100.0)
    hall.sense(D, "presence", False, 110.0)
    assert hall.pass_time(5000.0) == [] and hall.states == {D: "occupied"}
    hall.door_moved(unit.doors[0].id, True, 5001.0)
    assert [each.kind for each in hall.pass_time(5031.0)] == ["desk_freed"]


# ---- in the deciding loop -----------------------------------------------------------------

KNOWN, LOST = "04a1b2c3d4e5f6", "04ffffffffffff"


class Desked(Scene):
    """A unit with a desk that has a reader and a lamp, and a counter."""

    def __init__(self, folder: Path) -> None:
        text = DOOR + DESK + READER + (
            '[[counters]]\nid = "c"\ndoor = "front"\nouter_line = 26\ninner_line = 27\n'
        )  # fmt: skip
        lost = CredentialRecord(
            digest(PEPPER, from_uid(bytes.fromhex(LOST))), HolderId("h1"), disabled=True
        )
        super().__init__(more=[lost])
        unit = read(folder, text)
        self.hall = DeskHall(unit.desks, utc)
        self.hall.start({}, self.time)
        self.lamps = [Lamp(), Lamp()]
        self.parts.desks = self.hall
        self.parts.counters = CounterHall(unit.counters)
        self.parts.counters.start({}, self.time)
        lights: Mapping[DeskId, Indicators] = {D: Indicators(*self.lamps, None)}
        self.parts.desk_readers = DeskReaders({ReaderId("d-badge"): D}, lights)

    def tap(self, uid: str) -> list[str]:
        return self.do(card(uid, reader="d-badge"))


def test_a_badge_at_a_desk_checks_in_and_out_and_opens_nothing(tmp_path: Path) -> None:
    scene = Desked(tmp_path).start()
    scene.diary.take()
    assert scene.tap(KNOWN) == ["desk_badged", "desk_occupied"]
    fact = scene.last("desk_badged")
    assert isinstance(fact, DeskBadged) and (fact.desk, fact.area) == ("d", "a")
    assert scene.lamps[0].active and not scene.lamps[1].active
    scene.wait(10.0)
    assert not scene.lamps[0].active
    assert scene.tap(KNOWN) == ["desk_badged", "desk_freed"]


@pytest.mark.parametrize("uid", ["04deadbeef0000", LOST])
def test_a_badge_that_is_not_in_force_is_refused_and_leaves_no_trace(
    tmp_path: Path, uid: str
) -> None:
    scene = Desked(tmp_path).start()
    scene.diary.take()
    assert scene.tap(uid) == []
    assert scene.lamps[1].active
    scene.wait(5.0)
    assert not scene.lamps[1].active and scene.hall.states == {D: "free"}


def test_a_desks_reader_that_is_lost_makes_the_desk_unknown(tmp_path: Path) -> None:
    scene = Desked(tmp_path).start()
    scene.diary.take()
    assert scene.do(ReaderLost("d-badge", "gone")) == ["reader_lost", "desk_unknown"]
    assert isinstance(scene.last("desk_unknown"), DeskUnknown)
    assert scene.do(ReaderReturned("d-badge", "back")) == ["reader_returned", "desk_freed"]


def test_beams_reach_the_journal(tmp_path: Path) -> None:
    scene = Desked(tmp_path).start()
    scene.diary.take()
    moves = [(Beam.OUTER, True), (Beam.INNER, True), (Beam.OUTER, False), (Beam.INNER, False)]
    found = scene.do(*(BeamChanged(CounterId("c"), beam, broken) for beam, broken in moves))
    assert found == ["beam_crossed"] and scene.last("beam_crossed").inward
    scene.do(BeamChanged(CounterId("c"), Beam.INNER, True))
    assert scene.wait(61.0) == ["counter_lost"]
    assert scene.do(BeamChanged(CounterId("c"), Beam.INNER, False)) == ["counter_returned"]
