"""Whatever the API's own description allows, and much that it does not: never a fault of ours.

The description generates the requests. Where a path names a thing, half of them name one that
is there, so that requests reach beyond "there is no such thing".
"""

import asyncio
import json
import re
from collections import Counter
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from schemathesis.core import NOT_SET
from schemathesis.generation import GenerationMode

from loquet_server.app import no_pages
from loquet_server.models import Audit, CalendarEntry, ExtraWindow, Organisation, PassAccount
from tests.server import standing
from tests.server.desk import make_office
from tests.server.house import SITE, START, UNIT, House
from tests.server.test_explain import give

EXAMPLES = 2
"""Of each operation, with what the description allows, and as many with what it does not."""
THERE = {
    "member": "h1", "holder": "h1", "badge": "c1", "door": "front", "unit": UNIT, "area": "salle",
    "site": SITE, "plan": "resident", "subscription": "s1", "schedule": "always",
    "access_point": "in", "organisation": "o1", "account": "a1", "entry": "e1", "guest": "h1",
    "window": "w1", "kind": "members",
}  # fmt: skip
_NAME = re.compile(r"\{(\w+)\}")
_PLAIN = re.compile(r"[\x20-\x7e]*")

_MADE: "dict[GenerationMode, list[Sent]]" = {}
"""Made once for both databases."""
Sent = tuple[str, str, dict[str, Any], dict[str, str], Any, str | None]


def requests_of(spec: dict[str, Any], mode: GenerationMode) -> list[Sent]:
    """Return requests made from a description: the same every time."""
    schema = schemathesis.openapi.from_dict(spec)
    found: list[Sent] = []
    for result in schema.get_all_operations():
        operation = result.ok()  # type: ignore[union-attr]
        strategy = operation.as_strategy(generation_mode=mode)
        chosen = settings(
            max_examples=EXAMPLES, database=None, deadline=None, phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )  # fmt: skip

        @seed(20_251_009)
        @chosen
        @given(case=strategy)
        def collect(case: Any) -> None:
            found.append(_sent(case, len(found) % 2 == 0))

        collect()
    return found


def _sent(case: Any, there: bool) -> Sent:
    path = str(case.path)
    values = dict(case.path_parameters or {})

    def value(match: re.Match[str]) -> str:
        name = match[1]
        known = THERE.get(name) if there else None
        text = str(values.get(name, "x")) if known is None else known
        return httpx.URL(scheme="http", host="h", path=f"/{text}").raw_path.decode()[1:] or "x"

    headers = {
        name: text
        for name, text in dict(case.headers or {}).items()
        if isinstance(text, str) and _PLAIN.fullmatch(text) and name.lower() != "authorization"
    }
    body = None if case.body is NOT_SET or isinstance(case.body, type(NOT_SET)) else case.body
    address = _NAME.sub(value, path)
    return case.method, address, dict(case.query or {}), headers, body, case.media_type


async def ask(http: httpx.AsyncClient, sent: Sent) -> httpx.Response:
    method, path, query, headers, body, media = sent
    more: dict[str, Any] = {}
    if body is not None and media == "application/json":
        more["content"] = json.dumps(body, default=lambda raw: raw.decode("latin-1")).encode()
        headers = {**headers, "content-type": media}
    elif body is not None:
        more["content"] = body if isinstance(body, bytes) else str(body).encode("utf-8", "replace")
    asked = {name: value for name, value in query.items() if value is not None}
    return await http.request(method, path, params=asked, headers=headers, **more)


@pytest.mark.timeout(300)
@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
async def test_no_request_is_a_fault_of_ours(
    house: House, tmp_path: Path, mode: GenerationMode
) -> None:
    await give(
        house,
        Organisation(id="o1", site=SITE, name="Mairie"),
        PassAccount(id="a1", site=SITE, plan="resident", holder="h1"),
        CalendarEntry(id="e1", site=SITE, kind="closure", name="Noël",
                      starts="2025-12-25T00:00", ends="2025-12-26T00:00"),
        ExtraWindow(id="w1", site=SITE, holder="h1", area="salle", starts_at=START,
                    ends_at=START + 3_600_000),
    )  # fmt: skip
    office, _ = make_office(house, tmp_path)
    app = standing.lend(office, no_pages)
    if mode not in _MADE:
        _MADE[mode] = await asyncio.to_thread(requests_of, app.openapi(), mode)
    sent = _MADE[mode]
    transport = httpx.ASGITransport(app, raise_app_exceptions=False, client=("127.0.0.1", 4))
    wrong, seen = [], Counter[int]()
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost:8000") as http:
        for each in sent:
            answer = await ask(http, each)
            seen[answer.status_code] += 1
            if answer.status_code >= 500:
                wrong.append((answer.status_code, *each))
            if answer.status_code >= 400:
                assert answer.headers["content-type"] == "application/problem+json", each
    assert not wrong, f"{len(wrong)} of {len(sent)}: " + "\n".join(map(repr, wrong[:20]))
    assert len(await house.all(Audit)) > 0
    assert len(seen) > 3


@pytest.mark.timeout(300)
@pytest.mark.parametrize("odd", ["\0", "\ud800", "x" * 3000, "../..", "é\u202e"])
async def test_an_odd_name_is_no_fault_of_ours(house: House, tmp_path: Path, odd: str) -> None:
    office, _ = make_office(house, tmp_path)
    app = standing.lend(office, no_pages)
    transport = httpx.ASGITransport(app, raise_app_exceptions=False, client=("127.0.0.1", 4))
    text = quote(odd, safe="", errors="surrogatepass")
    wrong, count = [], 0
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost:8000") as http:
        for path, methods in app.openapi()["paths"].items():
            for method, operation in methods.items():
                names = [e["name"] for e in operation.get("parameters", ()) if e["in"] == "query"]
                query = "&".join(f"{name}={text}" for name in names)
                for address in {_NAME.sub(text, path), _NAME.sub("x", path)}:
                    answer = await http.request(method, f"{address}?{query}", json={})
                    count += 1
                    if answer.status_code >= 500:
                        wrong.append((method, address))
    assert count > 100
    assert wrong == []
