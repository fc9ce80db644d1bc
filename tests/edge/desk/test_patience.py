"""A patient motion detector, and the door of a room: what is believed, and for how long."""

import pytest

from loquet_edge.desk.state import SensorConfig, patient_pir, presence, seat_switch
from tests.edge.desk.stories import desk_with, named, tell

Sensors = tuple[SensorConfig, ...]
ONE = (patient_pir(),)
TWO = (patient_pir(), named(patient_pir(), "other"))

PATIENCE: dict[str, tuple[Sensors, str]] = {
    "one draught is nobody": (
        ONE,
        """
        0     | start still | unknown started
        300   | -           | freed hold_ended
        5000  | moves       |
        5004  | still       |
        9000  | moves       |
        9003  | still       |
        """,
    ),
    "a second sign is somebody, and the desk is held": (
        ONE,
        """
        0     | start still | unknown started
        300   | -           | freed hold_ended
        5000  | moves       |
        5004  | still       |
        5060  | moves       | occupied pir
        5064  | still       |
        5364.8 | -          | freed hold_ended
        """,
    ),
    "a draught that fires twice within seconds is one draught": (
        ONE,
        """
        0     | start still | unknown started
        300   | -           | freed hold_ended
        5000  | moves       |
        5004  | still       |
        5012  | moves       |
        5015  | still       |
        """,
    ),
    "a second sign that comes too late is another draught": (
        ONE,
        """
        0     | start still | unknown started
        300   | -           | freed hold_ended
        5000  | moves       |
        5004  | still       |
        5200  | moves       |
        5204  | still       |
        """,
    ),
    "two detectors confirm each other": (
        TWO,
        """
        0     | start       | unknown started
        1     | still       |
        2     | still there |
        301   | -           |
        302   | -           | freed hold_ended
        5000  | moves       |
        5001  | moves there |
        5003  | still       |
        5004  | still there |
        5030  | moves there | occupied pir
        """,
    ),
    "motion without a break needs no second sign": (
        ONE,
        """
        0     | start still | unknown started
        300   | -           | freed hold_ended
        5000  | moves       |
        5045  | -           | occupied pir
        """,
    ),
    "who is seen again right after the desk was freed had never left": (
        ONE,
        """
        0     | start still | unknown started
        10    | moves       | occupied pir
        12    | still       |
        312.4 | -           | freed hold_ended
        400   | moves       | occupied pir
        402   | still       |
        780.4 | -           | freed hold_ended
        """,
    ),
    "the longer the stay, the longer a silence is forgiven, up to seven minutes": (
        ONE,
        """
        0     | start still | unknown started
        10    | moves       | occupied pir
        210   | still       |
        550   | -           | freed hold_ended
        600   | moves       | occupied pir
        2000  | still       |
        2420  | -           | freed hold_ended
        """,
    ),
    "an empty seat makes one sign of motion a passer-by": (
        (seat_switch(), patient_pir()),
        """
        0     | start both idle | unknown started
        300   | -           | freed hold_ended
        400   | sits        | occupied seat
        900   | rises       |
        910   | -           | freed hold_ended
        930   | moves       |
        933   | still       |
        960   | moves       | occupied pir
        """,
    ),
}


@pytest.mark.parametrize(("sensors", "story"), PATIENCE.values(), ids=list(PATIENCE))
def test_patience(sensors: Sensors, story: str) -> None:
    tell(desk_with(*sensors), story)


DOORS: dict[str, tuple[Sensors, str]] = {
    "who was seen behind the closed door stays until it opens": (
        ONE,
        """
        0     | start still | unknown started
        5     | door opens  |
        8     | moves       | occupied pir
        12    | door closes |
        14    | still       |
        40    | moves       |
        44    | still       |
        351.2 | -           |
        9000  | door opens  |
        9006  | moves       |
        9008  | still       |
        9420  | -           |
        9428  | -           | freed hold_ended
        """,
    ),
    "whose back is seen while the door closes is not held": (
        ONE,
        """
        0     | start still | unknown started
        5     | moves       | occupied pir
        400   | still       |
        405   | door opens  |
        408   | moves       |
        410   | door closes |
        412   | still       |
        793.4 | -           | freed hold_ended
        """,
    ),
    "a door that closes on silence proves nothing": (
        ONE,
        """
        0     | start still | unknown started
        5     | moves       | occupied pir
        400   | still       |
        405   | door opens  |
        410   | door closes |
        779   | -           | freed hold_ended
        """,
    ),
    "who opens to take in a parcel is still there": (
        (presence(),),
        """
        0     | start       | unknown started
        1     | door closes |
        100   | seen        | occupied presence
        200   | unseen      |
        230   | -           |
        900   | door opens  |
        902   | door closes |
        920   | seen        |
        990   | unseen      |
        1020  | -           |
        9000  | door opens  |
        9030  | -           | freed hold_ended
        """,
    ),
}


@pytest.mark.parametrize(("sensors", "story"), DOORS.values(), ids=list(DOORS))
def test_door_of_a_room(sensors: Sensors, story: str) -> None:
    tell(desk_with(*sensors, door=True), story)


def test_a_held_room_is_let_go_after_hours_without_a_sign() -> None:
    story = """
        0     | start       | unknown started
        1     | door closes |
        100   | seen        | occupied presence
        200   | unseen      |
        230   | -           |
        14500 | -           | freed hold_ended
        """
    tell(desk_with(presence(), door=True), story)


def test_a_desk_that_names_no_door_hears_of_none() -> None:
    tell(desk_with(presence()), "0 | start | unknown started\n1 | door closes |\n2 | door opens |")
