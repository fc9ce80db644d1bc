"""Who is believed: badge and seat before radar, radar before motion, and away after all."""

import pytest

from loquet_edge.desk.state import SensorConfig, desk_reader, pir, presence, seat_switch
from tests.edge.desk.stories import desk_with, named, tell

Sensors = tuple[SensorConfig, ...]

STORIES: dict[str, tuple[Sensors, float, str]] = {
    "a radar sees who sits still, and is sure of nobody after its hold": (
        (presence(),),
        0,
        """
        0    | start            | unknown started
        5    | unseen           |
        35   | -                | freed hold_ended
        100  | seen             | occupied presence
        4000 | unseen           |
        4020 | seen             |
        5000 | unseen           |
        5030 | -                | freed hold_ended
        """,
    ),
    "a radar that sees somebody all day sees a fan": (
        (presence(stuck_after=1000),),
        0,
        """
        0    | start            | unknown started
        10   | seen             | occupied presence
        1010 | -                | unknown stuck
        1100 | unseen           | unknown started
        1130 | -                | freed hold_ended
        """,
    ),
    "the strongest sign is the reason": (
        (seat_switch(), presence(), pir()),
        0,
        """
        0    | start all idle   | unknown started
        10   | moves            | occupied pir
        20   | still            |
        30   | -                |
        320  | -                | freed hold_ended
        400  | sits             | occupied seat
        401  | seen             |
        402  | moves            |
        """,
    ),
    "who is seen to leave the seat is not held by what moved before": (
        (seat_switch(), pir()),
        0,
        """
        0    | start both idle  | unknown started
        300  | -                | freed hold_ended
        400  | moves            | occupied pir
        401  | sits             |
        402  | still            |
        690  | rises            |
        700  | -                | freed hold_ended
        """,
    ),
    "who moves after leaving the seat counts again": (
        (seat_switch(), pir()),
        0,
        """
        0    | start both idle  | unknown started
        300  | -                | freed hold_ended
        400  | sits             | occupied seat
        500  | rises            |
        505  | moves            |
        510  | -                |
        511  | still            |
        811  | -                | freed hold_ended
        """,
    ),
    "two sensors of one kind each have a word": (
        (pir(), named(pir(), "other")),
        0,
        """
        0    | start            | unknown started
        1    | still            |
        2    | still there      |
        301  | -                |
        302  | -                | freed hold_ended
        400  | moves there      | occupied pir
        401  | still there      |
        500  | moves            |
        501  | still            |
        701  | -                |
        801  | -                | freed hold_ended
        """,
    ),
    "away keeps the desk of who was surely there, with a countdown": (
        (seat_switch(),),
        600,
        """
        0    | start seat empty | freed seat
        100  | sits             | occupied seat
        400  | rises            |
        410  | -                | away seat until 1010
        900  | sits             | occupied seat
        2000 | rises            |
        2010 | -                | away seat until 2610
        2610 | -                | freed away
        """,
    ),
    "a bag that is put down and taken up keeps nothing": (
        (seat_switch(),),
        600,
        """
        0    | start seat empty | freed seat
        100  | sits             | occupied seat
        120  | rises            |
        130  | -                | freed hold_ended
        """,
    ),
    "motion alone cannot tell that somebody went away": (
        (pir(),),
        600,
        """
        0    | start still      | unknown started
        10   | moves            | occupied pir
        500  | still            |
        800  | -                | freed hold_ended
        """,
    ),
    "a desk that is away and loses its sensor is unknown": (
        (seat_switch(),),
        600,
        """
        0    | start seat empty | freed seat
        100  | sits             | occupied seat
        400  | rises            |
        410  | -                | away seat until 1010
        500  | seat lost        | unknown silent
        """,
    ),
    "a check-in holds until the check-out, whatever weaker sensors say": (
        (desk_reader(), seat_switch()),
        0,
        """
        0    | start all idle   | freed seat
        100  | ada badges       | occupied badge
        110  | sits             |
        200  | rises            |
        210  | -                |
        9000 | ada badges       | freed badge
        """,
    ),
    "who checks out while sitting still sits there": (
        (desk_reader(), seat_switch()),
        0,
        """
        0    | start all idle   | freed seat
        100  | ada badges       | occupied badge
        110  | sits             |
        200  | ada badges       |
        300  | rises            |
        310  | -                | freed hold_ended
        """,
    ),
    "checking out ends the stay for good: nobody is away": (
        (desk_reader(), seat_switch()),
        600,
        """
        0    | start all idle   | freed seat
        100  | ada badges       | occupied badge
        900  | ada badges       | freed badge
        """,
    ),
    "the next one takes over from who forgot to check out": (
        (desk_reader(),),
        0,
        """
        0    | start all idle   | freed badge
        100  | ada badges       | occupied badge
        101  | ada badges       |
        500  | bob badges       |
        600  | ada badges       |
        700  | ada badges       | freed badge
        """,
    ),
    "a check-in ends by itself": (
        (desk_reader(1000),),
        0,
        """
        0    | start all idle   | freed badge
        100  | ada badges       | occupied badge
        1100 | -                | freed hold_ended
        1200 | ada badges       | occupied badge
        """,
    ),
    "a check-in outlives a restart": (
        (desk_reader(1000),),
        0,
        """
        0    | start checked in | occupied badge
        50   | ada badges       | freed badge
        """,
    ),
    "a reader that is lost takes nothing from a desk that has a seat switch": (
        (desk_reader(), seat_switch()),
        0,
        """
        0    | start all idle   | freed seat
        10   | reader lost      |
        100  | sits             | occupied seat
        200  | rises            |
        210  | -                | freed hold_ended
        """,
    ),
    "a desk that has a reader only is unknown without it": (
        (desk_reader(),),
        0,
        """
        0    | start all idle   | freed badge
        10   | reader lost      | unknown silent
        20   | reader back      | freed badge
        """,
    ),
    "who had checked in still is when the reader comes back": (
        (desk_reader(1000),),
        0,
        """
        0    | start all idle   | freed badge
        10   | ada badges       | occupied badge
        100  | reader lost      | unknown silent
        110  | reader back      | occupied badge
        200  | ada badges       | freed badge
        """,
    ),
    "a check-in ends in time though its reader is lost": (
        (desk_reader(1000),),
        0,
        """
        0    | start all idle   | freed badge
        10   | ada badges       | occupied badge
        100  | reader lost      | unknown silent
        1010 | -                |
        1200 | reader back      | freed badge
        """,
    ),
}


@pytest.mark.parametrize(("sensors", "away", "story"), STORIES.values(), ids=list(STORIES))
def test_story(sensors: Sensors, away: float, story: str) -> None:
    tell(desk_with(*sensors, away=away), story)
