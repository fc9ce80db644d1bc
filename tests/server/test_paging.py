"""Lists page by page: nothing twice, nothing left out; and what the description says of them."""

import re
from pathlib import Path

import httpx

from loquet_server.app import no_pages
from loquet_server.errors import PROBLEM
from loquet_server.models import Incident, Unit
from tests.server import standing
from tests.server.desk import client, make_office
from tests.server.house import SITE, House
from tests.server.test_explain import give

NEXT = re.compile(r'<([^>]+)>; rel="next"')


async def walk(http: httpx.AsyncClient, path: str) -> list[object]:
    """Return the ids of a whole list, read by following its links."""
    found: list[object] = []
    while path:
        answer = await http.get(path)
        assert answer.status_code == 200
        found += [each["id"] for each in answer.json()]
        match = NEXT.fullmatch(answer.headers.get("link", ""))
        path = match[1] if match else ""
    return found


async def test_following_the_links_gives_everything_once(house: House, tmp_path: Path) -> None:
    units = [Unit(id=f"u{at}", site=SITE, name=f"U{at}") for at in range(5)]
    incidents = [
        Incident(kind="journal_gap", subject=f"k{at}", site=SITE, first_at=1, last_at=at // 2)
        for at in range(7)
    ]
    await give(house, *units, *incidents)
    office, _ = make_office(house, tmp_path)
    async with client(office) as http:
        for path, count in (("units", 7), ("incidents", 7), ("desks", 2), ("doors", 3)):
            whole = await walk(http, f"/api/v1/{path}?site={SITE}")
            assert len(whole) == count
            for limit in (1, 2, count):
                assert await walk(http, f"/api/v1/{path}?site={SITE}&limit={limit}") == whole


async def test_an_odd_page_is_a_problem_or_empty(house: House, tmp_path: Path) -> None:
    office, _ = make_office(house, tmp_path)
    async with client(office) as http:
        for query in ("limit=0", "limit=1001", "limit=x", "after=%00", f"after={'x' * 201}"):
            answer = await http.get(f"/api/v1/units?{query}")
            assert (answer.status_code, answer.headers["content-type"]) == (422, PROBLEM)
        assert (await http.get("/api/v1/incidents?after=x")).status_code == 422
        assert (await http.get("/api/v1/units?after=gone")).json() == []


async def test_errors_are_problem_details_everywhere(house: House, tmp_path: Path) -> None:
    office, _ = make_office(house, tmp_path)
    async with client(office) as http:
        for method, path, status in (
            ("GET", "/api/v1/nothing", 404),
            ("DELETE", "/api/v1/doors", 405),
            ("POST", "/api/v1/explain/what-if", 422),
            ("GET", "/api/v1/doors/none", 404),
        ):
            answer = await http.request(method, path)
            assert (answer.status_code, answer.headers["content-type"]) == (status, PROBLEM)
            assert {"type", "title", "status", "detail"} <= answer.json().keys()


async def test_the_description_says_it_of_every_operation(house: House, tmp_path: Path) -> None:
    office, _ = make_office(house, tmp_path)
    found = standing.lend(office, no_pages).openapi()
    for path, methods in found["paths"].items():
        for method, operation in methods.items():
            where = f"{method} {path}"
            assert operation["tags"], where
            assert operation.get("description"), where
            assert operation.get("summary"), where
            answers = operation["responses"]
            assert PROBLEM in answers["422"]["content"], where
            names = {each["name"] for each in operation.get("parameters", ())}
            if method == "post" and path.startswith("/api/v1/"):
                assert "Idempotency-Key" in names, where
    assert "HTTPValidationError" not in str(found)
