"""Until operators have accounts, only this machine is answered, and only its own pages act."""

from pathlib import Path

import pytest

from loquet_server.hosts import is_loopback
from tests.server.desk import client, make_office
from tests.server.house import House

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"])


@pytest.mark.parametrize(
    ("address", "host", "status"),
    [
        ("127.0.0.1", "localhost:8000", 200),
        ("127.0.0.1", "127.0.0.1", 200),
        ("::1", "[::1]:8000", 200),
        ("127.0.0.1", "loquet.example", 403),
        ("127.0.0.1", "127.0.0.1.evil.example", 403),
        ("192.168.1.4", "localhost:8000", 403),
        ("192.168.1.4", "192.168.1.2:8000", 403),
    ],
)
async def test_who_is_answered(
    house: House, tmp_path: Path, address: str, host: str, status: int
) -> None:
    office, _ = make_office(house, tmp_path)
    async with client(office, address, host) as http:
        answer = await http.get("/api/v1/doors")
        assert (await http.get("/healthz")).status_code == 200
    assert answer.status_code == status
    if status == 403:
        assert "ssh -L" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"origin": "http://localhost:8000"}, 200),
        ({"sec-fetch-site": "same-origin", "origin": "http://localhost:8000"}, 200),
        ({"origin": "http://evil.example"}, 403),
        ({"origin": "http://localhost:9000"}, 403),
        ({"origin": "null"}, 403),
        ({"sec-fetch-site": "cross-site"}, 403),
        ({"sec-fetch-site": "same-site", "origin": "http://localhost:8000"}, 403),
    ],
)
async def test_which_page_may_act(
    house: House, tmp_path: Path, headers: dict[str, str], status: int
) -> None:
    office, _ = make_office(house, tmp_path)
    order = {"reason": "test"}
    async with client(office) as http:
        answer = await http.post("/api/v1/doors/front/lock-down", json=order, headers=headers)
    assert answer.status_code == status


@pytest.mark.parametrize(
    "name", ["Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Real-IP", "Via"]
)
async def test_behind_a_proxy_nobody_is_this_machine(
    house: House, tmp_path: Path, name: str
) -> None:
    office, _ = make_office(house, tmp_path)
    headers = {name: "for=192.0.2.60"}
    async with client(office) as http:
        assert (await http.get("/healthz", headers=headers)).status_code == 200
        refused = await http.get("/api/v1/doors", headers=headers)
    assert refused.status_code == 403
    assert "/api/v1/enrol" in refused.json()["detail"]


@pytest.mark.parametrize("host", ["127.8.8.8", "::ffff:127.0.0.1", "LOCALHOST", "localhost."])
def test_names_of_this_machine(database_kind: str, host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize(
    "host", ["", "0.0.0.0", "localhost.evil.example", "10.0.0.1", "2130706433"]
)
def test_names_of_others(database_kind: str, host: str) -> None:
    assert not is_loopback(host)
