"""What a monitor is told, and that it names nobody."""

import json
import re
from pathlib import Path
from typing import Any

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from loquet_contract.ids import AreaId, DeskId, DoorId
from loquet_contract.wire.events import DeskEvidence, DeskOccupied, DoorHeldOpen
from loquet_server.app import create_app, no_pages
from loquet_server.models import Desk, Holder
from loquet_server.office import Office
from tests.house.source import ROOT
from tests.server.desk import make_office
from tests.server.front_desk import add_operator, browser, front_desk
from tests.server.house import House
from tests.server.test_badges import connect

DASHBOARD = ROOT / "firmware_config/grafana/loquet.json"
FUNCTIONS = {
    "sum", "by", "rate", "histogram_quantile", "max", "le", "route", "area", "kind", "estimate",
    "state", "unit", "increase", "m", "h",
}  # fmt: skip
"""Words of the query language, and labels, that queries of the dashboard use."""


async def scraped(office: Office) -> dict[str, dict[tuple[tuple[str, str], ...], float]]:
    """Return every sample by name and labels, as Prometheus' own parser reads it."""
    transport = httpx.ASGITransport(create_app(office, no_pages), client=("127.0.0.1", 40000))
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost:8000") as http:
        await http.get("/api/v1/doors/front")
        await http.get("/no/such/page")
        answer = await http.get("/metrics")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    found: dict[str, Any] = {}
    for family in text_string_to_metric_families(answer.text):
        assert family.documentation, family.name
        for sample in family.samples:
            found.setdefault(sample.name, {})[tuple(sorted(sample.labels.items()))] = sample.value
    return found


async def test_it_counts_what_a_monitor_watches(house: House, tmp_path: Path) -> None:
    office, _ = make_office(house, tmp_path)
    house.journal.write(DeskOccupied(DeskId("d1"), AreaId("salle"), DeskEvidence.PRESENCE))
    house.journal.write(DoorHeldOpen(DoorId("front")))
    await house.take(house.journal.message())
    found = await scraped(office)
    assert found["loquet_entries_total"][()] == 2
    assert found["loquet_units"][()] == 2
    assert found["loquet_unit_online"][("site", "maison"), ("unit", "hall")] == 0
    assert "loquet_unit_temperature_celsius" not in found, "of a unit that is away nothing is said"
    assert found["loquet_incidents_open"][(("kind", "door_held_open"),)] == 1
    assert found["loquet_database_bytes"][()] > 10_000
    assert found["loquet_hook_deliveries"][(("state", "waiting"),)] == 0
    assert "loquet_ingest_lag_seconds" not in found, "ingest runs elsewhere"
    desks = found["loquet_area_desks"]
    assert desks[("area", "salle"), ("site", "maison"), ("state", "unknown")] == 1


@pytest.mark.parametrize("database_kind", ["sqlite"])
async def test_durations_are_by_template_and_strangers_invent_no_label(
    house: House, tmp_path: Path
) -> None:
    office, _ = make_office(house, tmp_path)
    counted = (await scraped(office))["loquet_http_request_seconds_count"]
    routes = {dict(labels)["route"] for labels in counted}
    assert routes == {"/api/v1/doors/{door}", "other"}


@pytest.mark.parametrize("database_kind", ["sqlite"])
async def test_a_desk_of_one_person_alone_in_its_area_is_not_told(
    house: House, tmp_path: Path
) -> None:
    office, _ = make_office(house, tmp_path)
    async with house.database.with_transaction() as session:
        desk = await session.get(Desk, "d2")
        assert desk is not None
        desk.assigned_holder = "h1"
    found = await scraped(office)
    assert {dict(labels)["area"] for labels in found["loquet_area_desks"]} == {"salle"}


@pytest.mark.parametrize("database_kind", ["sqlite"])
async def test_nothing_in_it_is_about_a_person(house: House, tmp_path: Path) -> None:
    office, _ = make_office(house, tmp_path)
    async with house.database.with_transaction() as session:
        member = await session.get(Holder, "h1")
        assert member is not None
        member.name, member.mail = "Zéphyrine", "zephyrine@example.org"
    said = json.dumps(sorted(str(each) for each in (await scraped(office)).items()))
    assert "phyrine" not in said
    assert "h1" not in re.findall(r"\w+", said)


@pytest.mark.parametrize("database_kind", ["sqlite"])
async def test_it_wants_a_token_that_may_look(house: House, tmp_path: Path) -> None:
    await add_operator(house, "owner")
    _, app = front_desk(house, tmp_path)
    async with browser(app) as http:
        answer = await http.get("/metrics", headers={"accept": "text/plain"})
        assert answer.status_code == 401
        assert "loquet_" not in answer.text.replace("Bearer loquet_", "")


@pytest.mark.parametrize("database_kind", ["sqlite"])
async def test_the_dashboard_asks_only_for_metrics_that_exist(house: House, tmp_path: Path) -> None:
    class Fares:
        lag = 0.5
        online = True

    office, _ = make_office(house, tmp_path)
    office.ingest = Fares()
    await connect(house)
    await house.take(house.journal.state(health={"temperature_c": 50, "disk_free_mb": 2}))
    known = await scraped(office)
    dashboard = json.loads(DASHBOARD.read_text())
    queries = [target["expr"] for panel in dashboard["panels"] for target in panel["targets"]]
    assert len(queries) >= 12
    for query in queries:
        bare = re.sub(r'"[^"]*"|\$\w+|\[[^\]]*\]|\b\d[\d.]*\b', "", query)
        words = set(re.findall(r"[a-z_]{1,80}", bare)) - FUNCTIONS - {"site"}
        asked = {word for word in words if word.startswith("loquet_")}
        assert asked, query
        assert words == asked, f"{query}: what are {words - asked}?"
        quiet = {"loquet_area_people", "loquet_area_seen_today", "loquet_area_capacity",
                 "loquet_incidents_open"}  # fmt: skip
        assert asked <= known.keys() | quiet, query


async def test_connected_units_say_how_their_computers_fare(house: House, tmp_path: Path) -> None:
    await connect(house)
    await house.take(
        house.journal.state(
            clock_trusted=False, health={"temperature_c": 61, "disk_free_mb": 2, "of_tomorrow": 7}
        )
    )
    office, _ = make_office(house, tmp_path)
    found = await scraped(office)
    hall = (("site", "maison"), ("unit", "hall"))
    assert found["loquet_unit_temperature_celsius"] == {hall: 61}
    assert found["loquet_unit_disk_free_bytes"] == {hall: 2 * 2**20}
    assert found["loquet_unit_clock_trusted"] == {hall: 0}
    assert "loquet_unit_wifi_dbm" not in found
