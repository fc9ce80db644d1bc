"""What a browser may do with our pages: nothing from elsewhere, nothing inline."""

import re

import httpx
import pytest

from loquet_server.database import Database

PAGES = (
    "/", "/journal", "/occupancy", "/api/docs", "/live/doors/entree/release",
    "/live/doors/no/release", "/live/site/lock_down",
)  # fmt: skip


@pytest.mark.parametrize("path", PAGES)
async def test_pages_carry_a_strict_policy(
    client: httpx.AsyncClient, furnished: Database, path: str
) -> None:
    policy = (await client.get(path)).headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "http:" not in policy and "https:" not in policy


@pytest.mark.parametrize("path", PAGES)
async def test_pages_hold_no_inline_script_or_style_and_nothing_from_elsewhere(
    client: httpx.AsyncClient, furnished: Database, path: str
) -> None:
    page = (await client.get(path)).text
    assert "<style" not in page
    assert not re.search(r"<script(?![^>]*\bsrc=)", page)
    assert not re.search(r"""<[^>]+\s(style|on\w+)\s*=""", page)
    assert not re.search(r"""(src|href|action)="(https?:)?//""", page)


@pytest.mark.parametrize("path", PAGES[:4])
async def test_every_asset_of_a_page_is_served(
    client: httpx.AsyncClient, furnished: Database, path: str
) -> None:
    page = (await client.get(path)).text
    assets = re.findall(r'"(/static/[^"]+)"', page)
    assert len(assets) >= 3
    for asset in assets:
        answer = await client.get(asset)
        assert answer.status_code == 200, asset
        assert "content-security-policy" in answer.headers
