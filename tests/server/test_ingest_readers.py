"""What readers tell of themselves opens and closes incidents."""

from __future__ import annotations

from loquet_contract.ids import ReaderId
from loquet_contract.wire.events_readers import (
    ReaderPowerFailed,
    ReaderPowerReturned,
    ReaderTampered,
    ReaderTamperEnded,
)
from tests.server.house import House
from tests.server.test_ingest_facts import STARTED, told

IN, OUT = ReaderId("in"), ReaderId("out")


async def test_an_open_cover_is_an_incident_until_it_is_closed(house: House) -> None:
    await told(house, ReaderTampered(IN), ReaderTampered(OUT), ReaderPowerFailed(IN))
    assert await house.kinds() == ["reader_power_failed", "reader_tampered", "reader_tampered"]
    await told(house, ReaderTamperEnded(IN))
    assert await house.kinds() == ["reader_power_failed", "reader_tampered"]
    await told(house, ReaderPowerReturned(IN))
    assert await house.kinds() == ["reader_tampered"]


async def test_a_unit_that_starts_asks_its_readers_anew(house: House) -> None:
    await told(house, ReaderTampered(IN), ReaderPowerFailed(IN))
    await told(house, STARTED)
    assert await house.kinds() == []
