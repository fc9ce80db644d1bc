"""The replay: recordings are read strictly, scored by hand-made truth, and shown."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from loquet_edge.cli import main
from loquet_edge.desk.state import DeskState, SensorKind
from loquet_edge.replay.recording import BadRecording, Columns, Recording, Row, read
from loquet_edge.replay.run import desk_for, plain_hold, states
from loquet_edge.replay.score import score

FREE, OCCUPIED, UNKNOWN = DeskState.FREE, DeskState.OCCUPIED, DeskState.UNKNOWN
HEAD = "Date,Time,S6_PIR,S7_PIR,Room_Occupancy_Count\n"


def recording(truth: str, every: float = 60.0) -> Recording:
    rows = (Row(every * at, (False,), int(each)) for at, each in enumerate(truth))
    return Recording((("pir", SensorKind.PIR),), tuple(rows), "truth")


def said(words: str) -> list[DeskState]:
    return [{"o": OCCUPIED, ".": FREE, "?": UNKNOWN}[each] for each in words]


@pytest.mark.parametrize(
    ("truth", "words", "missed", "ghost", "transitions"),
    [
        ("001100", "..oo..", 0, 0, 2),
        ("001100", "...oo.", 1, 1, 2),
        ("001111", "...o.o", 2, 0, 3),
        ("000000", "..o...", 0, 1, 2),
        ("001200", "??oo??", 0, 0, 2),
    ],
)
def test_minutes_and_transitions(
    truth: str, words: str, missed: float, ghost: float, transitions: int
) -> None:
    found = score(recording(truth), said(words))
    assert (found.missed, found.ghost, found.transitions) == (missed, ghost, transitions)
    assert found.wrong == missed + ghost
    assert found.unknown == words.count("?")


def test_precision_and_recall_count_rows_and_are_not_invented() -> None:
    found = score(recording("00111100"), said("..oo.oo."))
    assert (found.precision, found.recall) == (0.75, 0.75)
    nobody = score(recording("0000"), said("...."))
    assert (nobody.precision, nobody.recall) == (None, None)


def test_latencies_are_from_the_true_change_to_ours() -> None:
    found = score(recording("0110011000"), said("......o..."))
    assert (found.arrivals.seconds, found.arrivals.missed) == ((60.0,), 1)
    found = score(recording("001110001110"), said("...oooo..oo."))
    assert found.arrivals.seconds == (60.0, 60.0)
    assert found.departures.seconds == (120.0, 0.0)


def test_a_hole_in_the_recording_is_nobodys_minutes() -> None:
    rows = [Row(60.0 * at, (False,), 0) for at in range(5)]
    rows += [Row(10_000 + 60.0 * at, (False,), 0) for at in range(5)]
    found = Recording((("pir", SensorKind.PIR),), tuple(rows), "truth")
    assert score(found, [FREE] * 10).minutes == 10


def test_columns_are_found_by_their_names_and_both_kinds_of_date_are_read() -> None:
    for day in ("2017-12-22", "2017/12/22"):
        found = read([HEAD, f"{day},0:00:34,0,1,2\n", f"{day},10:49:41,1,0,0\n"], Columns())
        assert [name for name, _ in found.sensors] == ["S6_PIR", "S7_PIR"]
        assert found.truth == "Room_Occupancy_Count"
        assert found.rows[0].levels == (False, True)
        assert found.rows[1].at - found.rows[0].at == 10 * 3600 + 49 * 60 + 41 - 34


def test_one_column_of_time_and_a_sensor_that_said_nothing() -> None:
    lines = ["utc,seat,people\n", "1000,on,1\n", "1010,,1\n", "1020.5,OFF,0\n"]
    found = read(lines, Columns())
    assert found.sensors == (("seat", SensorKind.SEAT),)
    assert [row.levels for row in found.rows] == [(True,), (None,), (False,)]
    stamps = [
        "time,motion,count\n",
        "2026-03-29T01:59:00+01:00,1,1\n",
        "2026-03-29T03:01:00+02:00,0,0\n",
    ]
    assert read(stamps, Columns()).interval == 120


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "empty"),
        (HEAD + "2017-12-22,10:49:41,0,0,1\n", "fewer than two"),
        (HEAD + "2017-12-22,10:49:41,0,0,1\n2017-12-22,10:49:61,0,0,1\n", "line 3: .*is no time"),
        (HEAD + "2017-12-22,10:49:41,0,0,1\n2017-12-22,10:49:40,0,0,1\n", "line 3: is earlier"),
        (HEAD + "2017-12-22,10:49:41,maybe,0,1\n", "line 2: S6_PIR is 'maybe'; write 0 or 1"),
        (HEAD + "2017-12-22,10:49:41,0,0,-1\n", "line 2: Room_Occupancy_Count is '-1'"),
        (HEAD + "2017-12-22,10:49:41,0,0\n", "line 2: 4 values for 5 columns"),
        ("Date,Time,S1_Temp\n2017-12-22,10:49:41,20\n", "no column looks like a sensor.*S1_Temp"),
        ("when,pir,count\n1,0,0\n", "no column says the time"),
    ],
)
def test_what_is_wrong_is_said_with_its_line(text: str, expected: str) -> None:
    with pytest.raises(BadRecording, match=expected):
        read(text.splitlines(keepends=True), Columns())


def test_a_row_is_a_look_and_two_looks_are_somebody() -> None:
    levels = [0] * 20 + [1] + [0] * 20 + [1, 1] + [0] * 30
    rows = tuple(Row(30.0 * at, (bool(each),), 0) for at, each in enumerate(levels))
    found = Recording((("pir", SensorKind.PIR),), rows, "truth")
    ours = states(found, desk_for(found))
    assert OCCUPIED not in ours[:42], "one lone sign in a room that has been empty is a draught"
    assert ours[42:52] == [OCCUPIED] * 10
    assert ours[-1] is FREE
    assert plain_hold(found, 300.0).count(OCCUPIED) == 11 + 12


def test_the_command_prints_the_table_and_refuses_what_it_cannot_read(tmp_path: Path) -> None:
    data = tmp_path / "day.csv"
    rows = [f"2026-01-01,{8 + at // 60}:{at % 60}:0,{int(30 <= at < 60)},0,{int(30 <= at < 60)}"
            for at in range(120)]  # fmt: skip
    data.write_text(HEAD + "\n".join(rows) + "\n")
    result = CliRunner().invoke(main, ["replay", "--data", str(data)])
    assert result.exit_code == 0, result.output
    for line in ("desk machine", "plain hold, 5 min", "plain hold, 1 min", "the truth"):
        assert line in result.output
    data.write_text(HEAD + rows[0] + "\nnonsense\n")
    result = CliRunner().invoke(main, ["replay", "--data", str(data)])
    assert result.exit_code == 2
    assert "day.csv: line 3: 1 values for 5 columns" in result.output


def test_a_desk_of_a_unit_is_tried_with_its_own_times(tmp_path: Path) -> None:
    data, config = tmp_path / "day.csv", tmp_path / "unit.toml"
    data.write_text("utc,pir,people\n" + "".join(f"{at * 30},0,0\n" for at in range(40)))
    config.write_text(
        '[unit]\nsite = "s"\nid = "u"\nboard = "simulated"\n'
        '[[desks]]\nid = "room"\narea = "a"\npir_line = 5\nhold = 90\n'
        '[[desks]]\nid = "seat"\narea = "a"\nseat_line = 6\n'
    )
    words = ["replay", "--data", str(data), "--config", str(config), "--desk"]
    result = CliRunner().invoke(main, [*words, "room"])
    assert result.exit_code == 0 and "desk room" in result.output
    for desk, expected in (("seat", "no pir sensor"), ("rooom", "desks there: room, seat")):
        result = CliRunner().invoke(main, [*words, desk])
        assert result.exit_code == 2 and expected in result.output
