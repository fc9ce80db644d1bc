"""What was committed is published: what is prompt at once, and all of it for sure."""

from pathlib import Path

from loquet_server.mqtt import BrokerAway
from loquet_server.publication import Publication
from tests.server.desk import Recorder, make_office
from tests.server.house import House

DELTA = Publication("t/delta", "d", prompt=True)
MANIFEST = Publication("t/policy", "m", retain=True)


async def test_what_is_prompt_is_said_first_and_again(house: House, tmp_path: Path) -> None:
    office, recorder = make_office(house, tmp_path)
    office.publish([DELTA, MANIFEST])
    assert recorder.published == [
        ("t/delta", "d", False), ("t/delta", "d", False), ("t/policy", "m", True),
    ]  # fmt: skip


async def test_without_a_broker_it_waits_until_there_is_one(house: House, tmp_path: Path) -> None:
    class Away(Recorder):
        def command(self, topic: str, payload: str) -> None:
            raise BrokerAway("away")

    office, _ = make_office(house, tmp_path)
    office.exchange = away = Away()
    office.publish([DELTA, MANIFEST])
    assert away.published == [("t/delta", "d", False), ("t/policy", "m", True)]
