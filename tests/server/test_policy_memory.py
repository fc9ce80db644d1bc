"""What the publisher remembers of a version counts only if that version was committed."""

import pytest

from loquet_contract.wire.codec import decode_text
from loquet_contract.wire.messages import Delta
from loquet_server.models import Holder
from loquet_server.policy.publisher import PolicyPublisher, Publication
from tests.server.house import START, UNIT, House


class Lost(Exception):
    """The database could not commit."""


async def suspend(house: House, maker: PolicyPublisher, to: bool, at: int) -> list[Publication]:
    async with house.database.with_transaction() as session:
        row = await session.get(Holder, "h1")
        assert row is not None
        row.suspended = to
        await session.flush()
        return await maker.advance(session, UNIT, at)


async def lose(house: House, maker: PolicyPublisher) -> None:
    """Suspend a holder and publish a version, then fail before the commit."""
    async with house.database.with_transaction() as session:
        row = await session.get(Holder, "h1")
        assert row is not None
        row.suspended = True
        await session.flush()
        assert await maker.advance(session, UNIT, START)
        raise Lost


async def test_a_revocation_is_not_lost_with_a_version_that_was_rolled_back(house: House) -> None:
    maker, other = (PolicyPublisher(house.keys, 400) for _ in range(2))
    await suspend(house, maker, False, START)
    with pytest.raises(Lost):
        await lose(house, maker)
    day = 25 * 3600 * 1000
    await suspend(house, other, False, START + day)  # version 2, as another process has it
    delta, _ = await suspend(house, maker, True, START + day)
    (upsert,) = decode_text(Delta, delta.payload).upserts
    assert upsert["kind"] == "holder"
