"""Two servers under one name at one broker: seen, told, and not without end."""

import asyncio
import itertools
import shutil
from pathlib import Path

import pytest
from sqlalchemy import select

from loquet_server.app import no_pages
from loquet_server.assembly import broker_address
from loquet_server.broker import free_port
from loquet_server.ingest.rival import KIND, RivalWatch
from loquet_server.models import Incident
from loquet_server.mqtt import MqttSession
from loquet_server.processes import Role
from loquet_server.rivalry import CALM_SECONDS, TAKEN, WITHIN_SECONDS, Rivalry
from loquet_server.serving import running
from loquet_server.settings import Accounts, Settings


def hung_up_on(rivalry: Rivalry, every: float, *, unanswered: bool = False) -> list[bool]:
    told = []
    for number in range(TAKEN):
        rivalry.began(number * every)
        told.append(rivalry.ended(number * every + 1))
        if unanswered:
            rivalry.unanswered()
    return told


def test_whoever_is_let_in_and_hung_up_on_three_times_in_a_minute_has_a_rival() -> None:
    rivalry = Rivalry()
    assert hung_up_on(rivalry, 5) == [False, False, True]
    rivalry.began(100.0)
    assert rivalry.suspected(99.0 + CALM_SECONDS)
    assert not rivalry.suspected(100.0 + CALM_SECONDS)


def test_while_it_lasts_it_is_told_once() -> None:
    rivalry = Rivalry()
    hung_up_on(rivalry, 5)
    rivalry.began(60.0)
    assert not rivalry.ended(90.0)
    assert rivalry.suspected(91.0)


@pytest.mark.parametrize(
    ("every", "unanswered"),
    [(WITHIN_SECONDS / 2 + 1, False), (5, True)],
    ids=["seldom", "broker away"],
)
def test_a_network_that_fails_is_no_rival(every: float, unanswered: bool) -> None:
    assert not any(hung_up_on(Rivalry(), every, unanswered=unanswered))


async def test_a_copy_of_a_server_is_an_incident_while_it_runs(
    tmp_path: Path, sqlite_template: Path
) -> None:
    shutil.copy(sqlite_template, tmp_path / "loquet.db")
    settings = Settings(data=tmp_path, port=0, broker_port=free_port(), accounts=Accounts.LOCAL)
    async with running(settings, Role.BOTH, include=no_pages) as server:
        address = broker_address(server.office.settings, server.office.keys)
        copies = [
            MqttSession(address, "loquet-copy", lambda _: None, persistent=True, pauses=(0, 1))
            for _ in range(2)
        ]
        for each in copies:
            await each.start()
        async with asyncio.timeout(30):
            while not any(each.contested for each in copies):
                await asyncio.sleep(0.05)
        found = itertools.chain([True, True, False])
        watch = RivalWatch(server.office, lambda: next(found))
        ends = []
        for _ in range(3):
            await watch.look()
            async with server.office.database.reading() as session:
                [row] = await session.scalars(select(Incident).where(Incident.kind == KIND))
                ends.append((row.count, row.ended_at is None))
        assert ends == [(1, True), (1, True), (1, False)]
        await asyncio.gather(*(each.stop() for each in copies))
