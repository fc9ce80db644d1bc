"""A request that comes again is not done again; what a key says of other requests."""

import asyncio
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import update

from loquet_server.idempotency import KEPT_MS, MOST_BODY
from loquet_server.models import Audit, IdempotencyKey
from tests.server.desk import client, make_office
from tests.server.house import House
from tests.server.test_api import online

BLOCK = "/api/v1/doors/front/block"


async def ask(
    http: httpx.AsyncClient, key: str, body: Any = None, path: str = BLOCK
) -> httpx.Response:
    given = {"reason": "painting"} if body is None else body
    return await http.post(path, json=given, headers={"idempotency-key": key})


async def test_the_same_request_is_done_once_and_answered_alike(
    house: House, tmp_path: Path
) -> None:
    office, _ = make_office(house, tmp_path)
    async with client(office) as http:
        first, second = [await ask(http, "k1") for _ in range(2)]
    assert (first.status_code, second.status_code) == (200, 200)
    assert second.json() == first.json()
    assert second.headers["idempotency-replayed"] == "true"
    assert "idempotency-replayed" not in first.headers
    assert len(await house.all(Audit)) == 1


async def test_another_request_under_the_same_key_is_refused(house: House, tmp_path: Path) -> None:
    office, _ = make_office(house, tmp_path)
    async with client(office) as http:
        await ask(http, "k1")
        other = await ask(http, "k1", {"reason": "something else"})
        elsewhere = await ask(http, "k1", path="/api/v1/doors/quiet/block")
        asked = await ask(http, "k1", path=BLOCK + "?x=1")
    assert [each.status_code for each in (other, elsewhere, asked)] == [422, 422, 422]
    assert other.headers["content-type"] == "application/problem+json"
    assert "another request" in other.json()["detail"]


async def test_many_at_once_are_one(house: House, tmp_path: Path) -> None:
    office, _ = make_office(house, tmp_path)
    async with client(office) as http:
        answers = await asyncio.gather(*(ask(http, "k1") for _ in range(8)))
    assert {each.status_code for each in answers} <= {200, 409}
    assert len(await house.all(Audit)) == 1


async def test_a_refusal_of_what_was_sent_is_kept_too(house: House, tmp_path: Path) -> None:
    office, _ = make_office(house, tmp_path)
    async with client(office) as http:
        first, second = [await ask(http, "k1", path="/api/v1/doors/none/block") for _ in range(2)]
    assert (first.status_code, second.status_code) == (404, 404)
    assert second.json() == first.json()
    assert second.headers["content-type"] == "application/problem+json"


async def test_where_nobody_knows_whether_it_was_done_the_key_stays_taken(
    house: House, tmp_path: Path
) -> None:
    await online(house)
    office, _ = make_office(house, tmp_path)
    release = "/api/v1/doors/front/release"
    async with client(office) as http:
        first, second = [await ask(http, "k1", path=release) for _ in range(2)]
    assert (first.status_code, second.status_code) == (504, 409)
    assert "look whether" in second.json()["detail"]


async def test_a_key_is_forgotten_after_a_day(house: House, tmp_path: Path) -> None:
    office, _ = make_office(house, tmp_path)
    async with client(office) as http:
        await ask(http, "k1")
        async with house.database.with_transaction() as session:
            older = IdempotencyKey.at - KEPT_MS - 1
            await session.execute(update(IdempotencyKey).values(at=older))
        again = await ask(http, "k1", {"reason": "another day"})
    assert again.status_code == 200
    assert len(await house.all(IdempotencyKey)) == 1


async def test_what_is_kept_cannot_be_read_in_the_database(house: House, tmp_path: Path) -> None:
    office, _ = make_office(house, tmp_path)
    async with client(office) as http:
        answer = await ask(http, "k1")
    (row,) = await house.all(IdempotencyKey)
    assert b"front" in answer.content
    assert b"front" not in row.body


@pytest.mark.parametrize("key", ["", " ", "x" * 201, "a\tb"])
async def test_a_key_that_is_none_is_refused(house: House, tmp_path: Path, key: str) -> None:
    office, _ = make_office(house, tmp_path)
    async with client(office) as http:
        answer = await ask(http, key)
    assert answer.status_code == 422
    assert await house.all(Audit) == []


async def test_a_body_of_any_size_is_bounded(house: House, tmp_path: Path) -> None:
    office, _ = make_office(house, tmp_path)
    async with client(office) as http:
        answer = await ask(http, "k1", {"reason": "x" * MOST_BODY})
    assert (answer.status_code, answer.json()["status"]) == (413, 413)


async def test_without_a_key_each_request_counts(house: House, tmp_path: Path) -> None:
    office, _ = make_office(house, tmp_path)
    async with client(office) as http:
        for _ in range(2):
            assert (await http.post(BLOCK, json={"reason": "painting"})).status_code == 200
    assert await house.all(IdempotencyKey) == []
