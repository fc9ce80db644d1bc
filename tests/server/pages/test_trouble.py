"""Errors are pages for people, and problem details for programs."""

import httpx
import pytest
from fastapi import FastAPI

from loquet_server import errors
from loquet_server.web import trouble

PAGE = {"accept": "text/html,*/*"}


@pytest.fixture
def client() -> httpx.AsyncClient:
    app = FastAPI()
    errors.install(app)

    @app.get("/broken")
    async def broken() -> None:
        raise errors.Conflict("unit <b>x</b> is not connected")

    @app.get("/bug")
    async def bug() -> None:
        raise ZeroDivisionError

    @app.get("/often")
    async def often() -> None:
        raise errors.TooMany("too many attempts: wait 9 s and try again")

    @app.get("/early")
    async def early() -> None:
        raise errors.NoSpace("there is no space yet")

    trouble.install(app, errors.Problem, Exception)
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url="http://localhost")


@pytest.mark.parametrize("headers", [PAGE, {}])
async def test_an_unforeseen_error_carries_the_policy_too(
    client: httpx.AsyncClient, headers: dict[str, str]
) -> None:
    answer = await client.get("/bug", headers=headers)
    assert answer.status_code == 500
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert answer.headers["x-content-type-options"] == "nosniff"


async def test_a_person_gets_a_page_with_what_to_do(client: httpx.AsyncClient) -> None:
    answer = await client.get("/broken?lang=en", headers=PAGE)
    assert answer.status_code == 409
    assert "This did not work" in answer.text
    assert "unit &lt;b&gt;x&lt;/b&gt; is not connected" in answer.text


async def test_a_known_kind_of_error_is_said_in_the_readers_language(
    client: httpx.AsyncClient,
) -> None:
    answer = await client.get("/often?lang=fr", headers=PAGE)
    assert answer.status_code == 429
    assert "Trop d&#39;essais" in answer.text and "Attendez une minute" in answer.text
    assert "wait 9 s and try again" in answer.text, "the server's own words, beside"


async def test_before_there_is_a_space_every_page_says_how_to_get_one(
    client: httpx.AsyncClient,
) -> None:
    answer = await client.get("/early?lang=en", headers=PAGE)
    assert answer.status_code == 404
    assert "No space yet" in answer.text and "An owner of this server sets it up" in answer.text


async def test_a_program_gets_problem_details(client: httpx.AsyncClient) -> None:
    answer = await client.get("/broken")
    assert answer.headers["content-type"] == errors.PROBLEM
    assert answer.json()["status"] == 409


async def test_a_wrong_address_is_a_page_too_but_never_under_the_api(
    client: httpx.AsyncClient,
) -> None:
    page = await client.get("/nowhere?lang=fr", headers=PAGE)
    assert page.status_code == 404
    assert "Introuvable" in page.text
    assert (await client.get("/api/v1/nowhere", headers=PAGE)).json()["status"] == 404
