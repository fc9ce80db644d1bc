"""What a browser may do with our pages: nothing from elsewhere, nothing inline."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from loquet_server.database import Database
from tests.server.pages.desk import browser
from tests.server.pages.moulin import moulin

PAGES = (
    "/", "/journal", "/occupancy", "/api/docs", "/bookings", "/evacuation", "/floors", "/hooks",
    "/live/doors/entree/release", "/live/doors/no/release", "/live/site/lock_down", "/me/login",
    "/privacy", "/screens", "/sensors", "/settings/homeassistant",
)  # fmt: skip


@pytest.fixture
async def client(furnished: Database, tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    """A browser in English, at all pages of a furnished space."""
    _, office = await moulin(furnished, tmp_path)
    async with browser(office) as found:
        yield found


async def test_pages_carry_a_strict_policy_and_nothing_inline_or_from_elsewhere(
    client: httpx.AsyncClient,
) -> None:
    assets: set[str] = set()
    for path in PAGES:
        answer = await client.get(path)
        page, policy = answer.text, answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy, path
        assert "unsafe" not in policy, path
        assert "http:" not in policy and "https:" not in policy, path
        assert "<style" not in page, path
        assert not re.search(r"<script(?![^>]*\bsrc=)", page), path
        assert not re.search(r"""<[^>]+\s(style|on\w+)\s*=""", page), path
        assert not re.search(r"""(src|href|action)="(https?:)?//""", page), path
        found = re.findall(r'"(/static/[^"]+)"', page)
        assert len(found) >= 3, path
        assets.update(found)
    for asset in sorted(assets):
        answer = await client.get(asset)
        assert answer.status_code == 200, asset
        assert "content-security-policy" in answer.headers
