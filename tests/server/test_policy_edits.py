"""Whatever happens to a space, and however little is compiled: units hold what all would give."""

import random
from pathlib import Path
from typing import Any

import pytest

from loquet_contract.access.credential import Assurance
from loquet_contract.access.decision import AccessRequest, Now, decide
from loquet_contract.access.policy import InMemoryPolicy
from loquet_contract.access.presence import NOBODY
from loquet_contract.ids import AccessPointId, CredentialDigest, PepperId
from loquet_contract.wire.codec import decode_text, parse
from loquet_contract.wire.messages import Manifest
from loquet_contract.wire.policy import whole_digest
from loquet_contract.wire.signing import Purpose, Verifier
from loquet_edge.policy_store import StoredPolicy
from loquet_edge.policy_writer import PolicyWriter
from loquet_server.database import Database
from loquet_server.policy.compiler import compile_policy, lines_of
from loquet_server.policy.history import lines_at, policy_of, text_of
from loquet_server.policy.publisher import PolicyPublisher, start_of
from loquet_server.policy.repository import PolicyRepository
from loquet_server.policy.rows import Source
from loquet_server.policy.source_repository import SourceRepository
from loquet_server.publication import Publication
from tests.server import community
from tests.server.community import ANNEXE, HALL, SITE, START, Life
from tests.server.house import make_keys

KEYS = make_keys()
UNITS = (HALL, ANNEXE)
EDITS = 25
DAYS = 60
"""For so long hours are expanded: what is asked is asked of the first forty."""


class Held:
    """What one unit holds, by deltas alone since its first whole policy."""

    def __init__(self, folder: Path, unit: Any) -> None:
        self.unit, self._path = unit, folder / f"{unit}.db"
        pepper = PepperId(KEYS.pepper_id)
        verifier = Verifier(KEYS.signing.public)
        self.writer = PolicyWriter(self._path, verifier, SITE, unit, pepper)
        self.wholes = 0

    def hear(self, published: list[Publication], text: str) -> None:
        for each in published:
            if f"/units/{self.unit}/delta" in each.topic:
                self.writer.apply_delta(each.payload)
            elif f"/units/{self.unit}/policy" in each.topic and self.writer.offer(each.payload):
                self.writer.apply_whole(text.splitlines())
                self.wholes += 1

    def policy(self) -> StoredPolicy:
        return StoredPolicy(self._path)


async def source_of(database: Database) -> Source:
    start = start_of(START // 1000, "Europe/Paris")
    async with database.reading() as session:
        found = SourceRepository(session)
        return Source(await found.frame(SITE, start, DAYS + 7), await found.people(SITE, start))


def spare(found: dict[str, str], wanted: dict[str, str]) -> set[str]:
    """Return keys that need not be there: weekdays of plans that nobody has chosen any more."""
    extra = found.keys() - wanted.keys()
    named = "".join(line for key, line in wanted.items() if key.startswith("holder/"))
    assert all(".d" in key for key in extra), extra
    assert not any(f'"{key.removeprefix("rule/")}"' in named for key in extra)
    return set(extra)


def ask(held: StoredPolicy, whole: InMemoryPolicy, draw: random.Random) -> None:
    """Ask both policies the same at random times."""
    digests = [key[11:] for key in whole.records if key.startswith("credential/")]
    points = [key[13:] for key in whole.records if key.startswith("access_point/")]
    for _ in range(40 if digests and points else 0):
        request = AccessRequest(
            AccessPointId(draw.choice(points)),
            (CredentialDigest(draw.choice(digests)),),
            Assurance.UID,
        )
        now = Now(0.0, START / 1000 + draw.randrange(40 * 86_400), draw.random() < 0.9)
        assert decide(request, held, NOBODY, now) == decide(request, whole, NOBODY, now)


async def check(database: Database, unit: Any, held: Held, draw: random.Random) -> None:
    """Compare a unit's version with all compiled anew."""
    wanted = lines_of(compile_policy(await source_of(database), unit))
    async with database.reading() as session:
        versions = await PolicyRepository(session).versions(unit)
    found = lines_at(versions)
    kept = {key: line for key, line in found.items() if key not in spare(found, wanted)}
    assert kept == wanted
    payload = Verifier(KEYS.signing.public).payload(Purpose.POLICY, versions[-1].manifest)
    manifest = decode_text(Manifest, payload)
    assert (manifest.records, manifest.digest) == (len(found), held.writer.digest)
    assert held.writer.version == manifest.version
    stored = held.policy()
    ask(stored, policy_of(manifest, found), draw)
    stored.close()


@pytest.mark.parametrize("seed", range(3))
async def test_a_delta_gives_what_the_whole_would(
    database: Database, tmp_path: Path, seed: int
) -> None:
    draw = random.Random(seed)
    life, maker = Life(draw), PolicyPublisher(KEYS, DAYS)
    await community.build(database)
    units = {unit: Held(tmp_path, unit) for unit in UNITS}
    for number in range(EDITS):
        async with database.with_transaction() as session:
            found = await life.happen(session)
            if found is None or number == 0:
                published = await maker.advance_site(session, SITE, START + number)
            else:
                published = await maker.advance_holders(session, SITE, found, START + number)
        for unit, held in units.items():
            async with database.reading() as session:
                text = text_of(await PolicyRepository(session).versions(unit))
            held.hear(published, text)
            await check(database, unit, held, draw)
    assert [held.wholes for held in units.values()] == [1, 1]
    for held in units.values():
        held.writer.close()


async def test_compiled_again_nothing_changes(database: Database) -> None:
    life, maker = Life(random.Random(7)), PolicyPublisher(KEYS, DAYS)
    await community.build(database)
    async with database.with_transaction() as session:
        for _ in range(40):
            await life.happen(session)
        assert await maker.advance_site(session, SITE, START)
    async with database.with_transaction() as session:
        assert await maker.advance_site(session, SITE, START) == []
        assert await maker.advance_holders(session, SITE, life.holders, START) == []
        for unit in UNITS:
            assert await maker.advance(session, unit, START) == []


async def test_the_text_of_a_policy_is_sorted_and_fits_its_digest(database: Database) -> None:
    life, maker = Life(random.Random(3)), PolicyPublisher(KEYS, DAYS)
    await community.build(database)
    async with database.with_transaction() as session:
        for _ in range(30):
            await life.happen(session)
        await maker.advance_site(session, SITE, START)
    async with database.reading() as session:
        text = text_of(await PolicyRepository(session).versions(HALL))
    first, *lines = text.splitlines()
    payload = Verifier(KEYS.signing.public).payload(Purpose.POLICY, first)
    assert whole_digest(lines) == decode_text(Manifest, payload).digest
    kinds = [parse(line)["kind"] for line in lines]
    assert kinds == sorted(kinds)
