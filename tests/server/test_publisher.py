"""Versions grow, deltas chain, and what a unit fetches is what it was promised."""

import threading
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import event

from loquet_contract.wire.codec import decode_text, parse
from loquet_contract.wire.messages import Delta, Desired, Manifest
from loquet_contract.wire.policy import delta_digest, key_of, whole_digest
from loquet_contract.wire.signing import Purpose, Verifier
from loquet_server.models import Holder, Lockdown
from loquet_server.policy.history import Version, text_of
from loquet_server.policy.publisher import PolicyPublisher, Publication
from loquet_server.policy.repository import PolicyRepository
from tests.server.house import SITE, START, UNIT, House


def publisher(house: House) -> PolicyPublisher:
    return PolicyPublisher(house.keys, 400)


def manifest(house: House, text: str) -> Manifest:
    verifier = Verifier(house.keys.signing.public)
    return decode_text(Manifest, verifier.payload(Purpose.POLICY, text))


async def advance(house: House, maker: PolicyPublisher, at: int = START) -> list[Publication]:
    async with house.database.with_transaction() as session:
        return await maker.advance(session, UNIT, at)


async def change(house: House, **values: Any) -> None:
    async with house.database.with_transaction() as session:
        row = await session.get(Holder, "h1")
        assert row is not None
        for name, value in values.items():
            setattr(row, name, value)


async def whole_text(house: House) -> str:
    async with house.database.reading() as session:
        return text_of(await PolicyRepository(session).versions(UNIT))


def replay(house: House, text: str) -> tuple[Manifest, dict[str, str]]:
    """Hold a policy as a unit would: check every digest, return the last manifest and lines."""
    first, *rest = text.splitlines()
    current = manifest(house, first)
    lines = {key_of(parse(line)): line for line in rest if parse(line)["kind"] != "delta"}
    assert list(lines) == sorted(lines)
    assert whole_digest(lines.values()) == current.digest
    for line in rest[len(lines) :]:
        delta = decode_text(Delta, line)
        new = manifest(house, delta.manifest)
        assert (new.base, new.version) == (current.version, current.version + 1)
        assert delta_digest(current.digest, delta.upserts, delta.deletes) == new.digest
        for plain in delta.upserts:
            lines[key_of(plain)] = ""
        for key in delta.deletes:
            del lines[key]
        current = new
    assert current.records == len(lines)
    return current, lines


async def test_the_first_version_is_whole_and_retained(house: House) -> None:
    (published,) = await advance(house, publisher(house))
    found = manifest(house, published.payload)
    assert published.retain
    assert (found.version, found.base, found.site, found.unit) == (1, None, SITE, UNIT)
    assert found.created < found.stale_after < found.expires_at
    assert found.pepper_id == house.keys.pepper_id
    assert replay(house, await whole_text(house))[0] == found


async def test_nothing_changed_makes_no_version(house: House) -> None:
    maker = publisher(house)
    await advance(house, maker)
    assert await advance(house, maker) == []
    assert await advance(house, publisher(house)) == []


async def test_a_change_travels_as_a_delta_that_chains(house: House) -> None:
    await advance(house, publisher(house))
    await change(house, suspended=True)
    delta, retained = await advance(house, publisher(house))
    assert (delta.retain, retained.retain) == (False, True)
    found = decode_text(Delta, delta.payload)
    assert [plain["kind"] for plain in found.upserts] == ["holder"]
    assert found.manifest == retained.payload
    current, _ = replay(house, await whole_text(house))
    assert current.version == 2
    assert current == manifest(house, retained.payload)


async def test_an_old_manifest_is_made_anew(house: House) -> None:
    maker = publisher(house)
    await advance(house, maker)
    published = await advance(house, maker, START + 25 * 3600 * 1000)
    assert manifest(house, published[-1].payload).version == 2


async def test_many_deltas_end_in_a_new_whole(house: House) -> None:
    maker = publisher(house)
    await advance(house, maker)
    bases = []
    for number in range(52):
        await change(house, suspended=number % 2 == 0)
        published = await advance(house, maker)
        bases.append(manifest(house, published[-1].payload).base)
    assert bases.count(None) == 1
    assert replay(house, await whole_text(house))[0].version == 53


async def test_a_large_change_is_whole(house: House) -> None:
    maker = publisher(house)
    await advance(house, maker)
    async with house.database.with_transaction() as session:
        for number in range(4000):
            session.add(Holder(id=f"n{number}", site=SITE, name=str(number), plan="resident"))
    (published,) = await advance(house, maker)
    assert manifest(house, published.payload).base is None


async def test_a_lockdown_is_desired_state_that_grows(house: House) -> None:
    maker = publisher(house)
    row = Lockdown(id="l1", site=SITE, door="front", actor="Léa", reason="test", since=START)
    async with house.database.with_transaction() as session:
        (before,) = await maker.advance_desired(session, UNIT, START)
        session.add(row)
        await session.flush()
        (after,) = await maker.advance_desired(session, UNIT, START)
    verifier = Verifier(house.keys.signing.public)
    old, new = (
        decode_text(Desired, verifier.payload(Purpose.DESIRED, each.payload))
        for each in (before, after)
    )
    assert (old.version, new.version) == (1, 2)
    assert old.lockdowns == {}
    assert new.lockdowns["front"].actor == "Léa"  # type: ignore[index]
    assert replace(new, version=0) != replace(old, version=0)


async def test_a_rolled_back_version_is_forgotten(house: House) -> None:
    """Else the next one would say nothing of a revocation that was never sent."""
    maker = publisher(house)
    await advance(house, maker)
    await change(house, suspended=True)
    with pytest.raises(ZeroDivisionError):
        async with house.database.with_transaction() as session:
            await maker.advance(session, UNIT, START)
            raise ZeroDivisionError
    await change(house, suspended=False, extended_release=True)
    await advance(house, publisher(house))  # another process makes version 2 in its place
    await change(house, suspended=True, extended_release=False)
    delta, _ = await advance(house, maker)
    (holder,) = decode_text(Delta, delta.payload).upserts
    assert holder["suspended"] is True
    assert replay(house, await whole_text(house))[0].version == 3


async def test_a_site_is_read_once_and_all_its_units_advance(house: House) -> None:
    maker, asked = publisher(house), []
    engine = house.database.engine.sync_engine

    def note(*said: Any) -> None:
        if "FROM holders" in said[2]:
            asked.append(said[2])

    event.listen(engine, "before_cursor_execute", note)
    async with house.database.with_transaction() as session:
        published = await maker.advance_site(session, SITE, START)
    event.remove(engine, "before_cursor_execute", note)
    assert {manifest(house, each.payload).unit for each in published} == {UNIT, "other"}
    assert len(asked) == 1


async def test_others_are_served_while_a_policy_is_compiled(house: House) -> None:
    """The loop must turn during the work, which is a thread's."""
    threads: list[int] = []

    class Watched(PolicyPublisher):
        def _next(self, *given: Any) -> Version | None:
            threads.append(threading.get_ident())
            return super()._next(*given)

    await advance(house, Watched(house.keys, 400))
    assert threads
    assert threading.get_ident() not in threads


@pytest.mark.parametrize("unit", ["nobody"])
async def test_an_unknown_unit_has_no_policy(house: House, unit: str) -> None:
    async with house.database.with_transaction() as session:
        assert await publisher(house).advance(session, unit, START) == []
