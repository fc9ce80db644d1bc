"""The header of every page says which space it is, by one rule."""

import re
from pathlib import Path

import httpx

from loquet_server import models as m
from tests.server.front_desk import add_operator, browser, front_desk, sign_in
from tests.server.house import SITE, House

_BRAND = re.compile(r'<p class="brand"><a href="[^"]*">([^<]*)</a>')


async def brands(http: httpx.AsyncClient, *paths: str) -> set[str]:
    return {name for path in paths for name in _BRAND.findall((await http.get(path)).text)}


async def test_every_page_says_the_name_of_the_space_and_a_new_one_at_once(
    house: House, tmp_path: Path
) -> None:
    _, app = front_desk(house, tmp_path)
    await add_operator(house, "owner")
    await add_operator(house, "manager", str(SITE))
    async with browser(app) as stranger, browser(app) as http:
        assert await brands(stranger, "/login", "/me/login") == {"La Maison"}
        await sign_in(http, "owner")
        seen = ("/audit", "/settings", "/journal", "/doors", "/no-such-page")
        assert await brands(http, *seen) == {"La Maison"}
        renamed = await http.patch(f"/api/v1/sites/{SITE}", json={"name": "La Grange"})
        assert renamed.status_code == 200
        assert await brands(http, *seen) == {"La Grange"}
        assert await brands(stranger, "/login") == {"La Grange"}
    async with house.database.with_transaction() as session:
        session.add(m.Site(id="second", name="Le Four"))
    _, app = front_desk(house, tmp_path)
    async with browser(app) as stranger, browser(app) as http:
        assert await brands(stranger, "/login") == {"Loquet"}, "whose, nobody knows yet"
        await sign_in(http, "manager")
        assert await brands(http, "/audit", "/no-such-page") == {"La Grange"}
