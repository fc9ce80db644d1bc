"""Versions grow, deltas chain, and what a unit fetches is what it was promised."""

import asyncio
import threading
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import event, insert

from loquet_contract.access.policy import HolderRecord
from loquet_contract.ids import HolderId
from loquet_contract.wire.codec import decode_text, encode, parse
from loquet_contract.wire.messages import MAX_DELTA, Delta, Desired, Manifest
from loquet_contract.wire.policy import delta_digest, key_of, whole_digest
from loquet_contract.wire.signing import Purpose, Verifier
from loquet_server.models import Holder, Lockdown, Policy, PolicySnapshot, Unit
from loquet_server.policy import work as publishing
from loquet_server.policy.compiler import Compiler
from loquet_server.policy.history import lines_at, text_of
from loquet_server.policy.publisher import PolicyPublisher
from loquet_server.policy.repository import PolicyRepository
from loquet_server.policy.rows import People
from loquet_server.publication import Publication
from tests.server.house import SITE, START, UNIT, House

HOUR = 3_600_000
MANY = 2500


def publisher(house: House) -> PolicyPublisher:
    return PolicyPublisher(house.keys, 400)


def manifest(house: House, text: str) -> Manifest:
    verifier = Verifier(house.keys.signing.public)
    return decode_text(Manifest, verifier.payload(Purpose.POLICY, text))


async def advance(house: House, maker: PolicyPublisher, at: int = START) -> list[Publication]:
    async with house.database.with_transaction() as session:
        return mine(await maker.advance(session, UNIT, at))


def mine(published: list[Publication]) -> list[Publication]:
    """Return what is for the unit that these tests look at."""
    return [each for each in published if f"/units/{UNIT}/" in each.topic]


async def change(
    house: House, maker: PolicyPublisher, at: int = START, **values: Any
) -> list[Publication]:
    """Change the member, and publish that."""
    async with house.database.with_transaction() as session:
        row = await session.get(Holder, "h1")
        assert row is not None
        for name, value in values.items():
            setattr(row, name, value)
        return mine(await maker.advance_holders(session, SITE, ["h1"], at))


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
    delta, retained = await change(house, publisher(house), suspended=True)
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
    published = await advance(house, maker, START + 25 * HOUR)
    assert manifest(house, published[-1].payload).version == 2


async def test_many_deltas_end_in_a_new_whole_at_a_renewal(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Never at a revocation, which somebody waits for."""
    monkeypatch.setattr(publishing, "MOST_DELTAS", 5)
    monkeypatch.setattr(publishing, "MOST_BYTES", 5)
    maker, bases = publisher(house), list[int | None]()
    await advance(house, maker)
    for number in range(12):
        published = await change(house, maker, suspended=number % 2 == 0)
        bases.append(manifest(house, published[-1].payload).base)
    assert None not in bases
    assert await advance(house, maker, START + 23 * HOUR) == []
    (renewed,) = await advance(house, maker, START + 25 * HOUR)
    assert manifest(house, renewed.payload).base is None
    assert replay(house, await whole_text(house))[0].version == 14


async def test_a_change_too_large_to_travel_is_whole(house: House) -> None:
    maker, many = publisher(house), [f"{number:064}" for number in range(MANY)]
    assert MANY * len(encode(HolderRecord(HolderId(many[0]), ()))) > MAX_DELTA
    await advance(house, maker)
    small, _ = await change(house, maker, suspended=True)
    assert not small.retain
    async with house.database.with_transaction() as session:
        await session.execute(insert(Holder), [{"id": n, "site": SITE, "name": n} for n in many])
        published = await maker.advance_holders(session, SITE, many, START)
    (retained,) = mine(published)
    assert manifest(house, retained.payload).base is None
    current, lines = replay(house, await whole_text(house))
    assert (current.version, f"holder/{many[-1]}" in lines) == (3, True)


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
    with pytest.raises(ZeroDivisionError):
        async with house.database.with_transaction() as session:
            row = await session.get(Holder, "h1")
            assert row is not None
            row.suspended = True
            assert await maker.advance_holders(session, SITE, ["h1"], START)
            raise ZeroDivisionError
    # another process makes version 2 in its place
    await change(house, publisher(house), suspended=False, extended_release=True)
    delta, _ = await change(house, maker, suspended=True, extended_release=False)
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


async def test_one_holder_costs_the_work_of_one(house: House) -> None:
    """However many there are, no question asks for all, and one record is written."""
    maker, asked = publisher(house), list[str]()
    async with house.database.with_transaction() as session:
        session.add_all(Holder(id=f"n{number}", site=SITE, name="N") for number in range(50))
        await maker.advance_site(session, SITE, START)
    engine = house.database.engine.sync_engine

    def note(_conn: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        asked.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    delta, _ = await change(house, maker, suspended=True)
    event.remove(engine, "before_cursor_execute", note)
    assert [each["holder"] for each in decode_text(Delta, delta.payload).upserts] == ["h1"]
    people = ("FROM holders", "FROM subscriptions", "FROM credentials", "FROM policy_records")
    for statement in asked:
        if any(table in statement for table in people):
            assert " IN (" in statement or "holders.id = " in statement, statement


async def test_others_are_served_while_a_policy_is_compiled(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The loop must turn during the work, which is a thread's."""
    threads: list[int] = []
    people = Compiler.people

    def watched(self: Compiler, given: People) -> Any:
        threads.append(threading.get_ident())
        return people(self, given)

    monkeypatch.setattr(Compiler, "people", watched)
    await advance(house, publisher(house))
    assert threads
    assert threading.get_ident() not in threads


async def test_what_all_units_share_is_kept_once(house: House) -> None:
    maker = publisher(house)
    async with house.database.with_transaction() as session:
        await maker.advance_site(session, SITE, START)
    (kept,) = await house.all(PolicySnapshot)
    assert (kept.site, kept.revision) == (SITE, 1)
    assert {each.unit for each in await house.all(Policy)} == {UNIT, "other"}
    assert "holder/h1" in replay(house, await whole_text(house))[1]


async def test_a_revoked_unit_gets_no_more_versions(house: House) -> None:
    maker = publisher(house)
    await advance(house, maker)
    async with house.database.with_transaction() as session:
        row = await session.get(Unit, UNIT)
        assert row is not None
        row.revoked_at = START
    assert await change(house, maker, suspended=True) == []
    assert await advance(house, maker, START + 25 * HOUR) == []


@pytest.mark.parametrize("unit", ["nobody"])
async def test_an_unknown_unit_has_no_policy(house: House, unit: str) -> None:
    async with house.database.with_transaction() as session:
        assert await publisher(house).advance(session, unit, START) == []


async def test_renewing_asks_nothing_of_what_is_young(house: House) -> None:
    maker, asked = publisher(house), list[str]()
    await advance(house, maker)
    engine = house.database.engine.sync_engine

    def note(_conn: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        asked.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    async with house.database.with_transaction() as session:
        assert await maker.renew(session, UNIT, START + HOUR) == []
    event.remove(engine, "before_cursor_execute", note)
    assert not any("FROM holders" in each or "FROM schedules" in each for each in asked)
    async with house.database.with_transaction() as session:
        renewed = mine(await maker.renew(session, UNIT, START + 25 * HOUR))
    assert manifest(house, renewed[-1].payload).version == 2


async def test_each_day_heals_what_nobody_told_of(house: House) -> None:
    """A row that was changed by hand reaches the doors a day later."""
    maker = publisher(house)
    await advance(house, maker)
    async with house.database.with_transaction() as session:
        row = await session.get(Holder, "h1")
        assert row is not None
        row.suspended = True
    async with house.database.with_transaction() as session:
        delta, _ = mine(await maker.renew(session, UNIT, START + 25 * HOUR))
    assert [each["kind"] for each in decode_text(Delta, delta.payload).upserts] == ["holder"]


async def test_changes_at_the_same_time_are_ordered(house: House) -> None:
    """As two web processes make them: each version follows the one before, and none is lost."""
    makers = [publisher(house), publisher(house)]
    async with house.database.with_transaction() as session:
        session.add_all(Holder(id=f"n{number}", site=SITE, name="N") for number in range(12))
        await makers[0].advance_site(session, SITE, START)

    async def suspend(number: int) -> None:
        async with house.database.with_transaction() as session:
            row = await session.get(Holder, f"n{number}")
            assert row is not None
            row.suspended = True
            await makers[number % 2].advance_holders(session, SITE, [row.id], START)

    await asyncio.gather(*(suspend(number) for number in range(12)))
    async with house.database.reading() as session:
        versions = await PolicyRepository(session).versions(UNIT)
    assert [each.version for each in versions] == list(range(1, 14))
    replay(house, text_of(versions))
    lines = lines_at(versions)
    assert all('"suspended":true' in lines[f"holder/n{number}"] for number in range(12))
