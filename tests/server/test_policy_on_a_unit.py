"""What the office publishes is what a unit's own policy store accepts, whole and by delta."""

from pathlib import Path

from loquet_contract.access.credential import from_uid
from loquet_contract.wire.codec import decode_text
from loquet_contract.wire.messages import Manifest
from loquet_contract.wire.signing import Purpose, Verifier
from loquet_edge.policy_store import StoredPolicy
from loquet_edge.policy_writer import PolicyWriter
from tests.server.house import SITE, UID, UNIT, House
from tests.server.test_publisher import advance, change, publisher, whole_text


async def test_a_unit_holds_what_the_office_made(house: House, tmp_path: Path) -> None:
    verifier = Verifier(house.keys.signing.public)
    store = tmp_path / "policy.db"
    maker = publisher(house)
    await advance(house, maker)
    writer = PolicyWriter(store, verifier, SITE, UNIT)
    writer.apply_whole((await whole_text(house)).splitlines())
    delta, _ = await change(house, maker, suspended=True)
    writer.apply_delta(delta.payload)
    _, retained = await change(house, maker, suspended=False, extended_release=True)
    other = PolicyWriter(tmp_path / "other.db", verifier, SITE, UNIT)
    other.apply_whole((await whole_text(house)).splitlines())
    manifest = decode_text(Manifest, verifier.payload(Purpose.POLICY, retained.payload))
    assert (writer.version, other.version) == (2, 3)
    assert other.digest == manifest.digest
    held = StoredPolicy(tmp_path / "other.db")
    found = held.credential(house.keys.unit_digest(from_uid(UID)))
    assert found is not None
    assert found[1] is not None
    assert (found[1].holder, found[1].extended_release) == ("h1", True)
    held.close()
    writer.close()
    other.close()
