"""A site's pepper is replaced while people badge, one unit is away, and the server is killed."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from sqlalchemy import func, select

from loquet_contract.access.credential import Form, Representation, from_uid
from loquet_contract.ids import HolderId
from loquet_contract.wire import sealing
from loquet_contract.wire.signing import SigningKey
from loquet_server.errors import Conflict
from loquet_server.models import (
    Action,
    Audit,
    Credential,
    DerivedNumber,
    FormerDigest,
    NextDigest,
    Pin,
    SitePepper,
    Unit,
)
from loquet_server.office import Office, committed
from loquet_server.people.derived import Derived
from loquet_server.people.deriving import Deriving
from loquet_server.peppers.repository import PEPPER_CONTEXT, pepper_of
from loquet_server.rotation.keeping import go_on
from loquet_server.rotation.service import Rotating, RotationService, standing
from tests.server.desk import client, make_office
from tests.server.fleet import WallUnit
from tests.server.house import SITE, START, UID, House

BADGE = from_uid(UID)
WIEGAND = Representation(Form.WIEGAND26, UID[-3:])
DIGITS = "204958"
ACTOR = "Anna"


@pytest.fixture
def office(house: House, tmp_path: Path) -> Office:
    return make_office(house, tmp_path)[0]


@pytest.fixture
async def http(office: Office) -> AsyncIterator[httpx.AsyncClient]:
    async with client(office) as found:
        yield found


@pytest.fixture
async def fleet(house: House, office: Office, tmp_path: Path) -> AsyncIterator[list[WallUnit]]:
    """Three units; the badge has a PIN, and another number at a Wiegand reader."""
    third = SigningKey(b"t" * 32)
    async with committed(office) as transaction:
        session = transaction.session
        session.add(Unit(id="annexe", site=SITE, name="Annexe", public_key=third.public.text))
        session.add(
            Pin(
                holder="h1", site=SITE, digits_sealed=house.keys.seal_pin(DIGITS),
                digest=house.keys.unit_pin(HolderId("h1"), DIGITS), length=len(DIGITS),
                made_by="operator", made_at=START,
            )
        )  # fmt: skip
        await session.flush()
        collisions = await Deriving(session, house.keys, SITE).choose(frozenset({Derived.W26}))
        assert not collisions
    keys = {"hall": house.unit_key, "other": SigningKey(b"o" * 32), "annexe": third}
    units = [WallUnit(house, tmp_path / name, name, key) for name, key in keys.items()]
    yield units
    for each in units:
        each.stop()


async def begin(office: Office) -> SitePepper:
    async with committed(office) as transaction:
        return await RotationService(office, transaction, ACTOR, SITE).begin("a unit was stolen")


async def stands(office: Office) -> Rotating | None:
    async with office.database.reading() as session:
        return await standing(session, office.keys, SITE)


def all_open(units: list[WallUnit]) -> None:
    """Nobody with a good badge is refused, at any unit, whichever reader it has."""
    for each in units:
        assert each.knows(BADGE), f"{each.name} refuses the badge"
        assert each.knows(WIEGAND), f"{each.name} refuses the badge at its other reader"
        assert each.knows_pin(BADGE, DIGITS), f"{each.name} refuses the PIN"


async def in_turn(
    units: list[WallUnit], http: httpx.AsyncClient, everybody: list[WallUnit]
) -> None:
    """Let units do what they do, step by step; all open all along."""
    for each in units:
        await each.hear()
        all_open(everybody)
        await each.ask_peppers(http)
        all_open(everybody)
        await each.fetch(http)
        all_open(everybody)
        await each.say()


async def test_no_door_refuses_a_good_badge_while_one_unit_is_away_and_comes_back(
    house: House, office: Office, http: httpx.AsyncClient, fleet: list[WallUnit]
) -> None:
    here, away = fleet[:2], fleet[2]
    for each in fleet:
        await each.turn(http)
    all_open(fleet)
    old = fleet[0].store.told
    await away.online(False)

    new = await begin(office)
    await go_on(office)
    assert (found := await stands(office)) and not found.taken_up
    assert {each.unit.id for each in found.waits_for} == {"hall", "other"}, "not for who is away"
    await in_turn(here[:1], http, fleet)
    await go_on(office)
    assert (found := await stands(office)) and not found.taken_up, "one of them has it"
    await in_turn(here[1:], http, fleet)
    await go_on(office)
    assert (found := await stands(office)) and found.taken_up
    all_open(fleet)
    await in_turn(here, http, fleet)
    assert [each.policy.pepper_id for each in fleet] == [new.name, new.name, *old]
    await go_on(office)
    assert (found := await stands(office)) is not None
    assert [each.unit.id for each in found.waits_for] == ["annexe"], "it still needs the old one"

    away.stop()
    away.start()
    all_open(fleet)
    await in_turn([away], http, fleet)
    assert away.policy.pepper_id == new.name
    await go_on(office)
    assert await stands(office) is None
    await in_turn(fleet, http, fleet)
    assert {each.store.told for each in fleet} == {(new.name,)}, "nobody has the old one any more"
    rows = sorted(await house.all(SitePepper), key=lambda row: row.version)
    assert [(row.secret_sealed is None, row.retired_at is None) for row in rows] == [
        (True, False), (False, True),
    ]  # fmt: skip
    done = [row.action for row in await house.all(Audit)]
    for action in (Action.PEPPER_MADE, Action.PEPPER_TAKEN_UP, Action.PEPPER_RETIRED):
        assert done.count(action) == 1


async def test_a_unit_that_loses_its_policy_later_is_given_one_it_can_read(
    office: Office, http: httpx.AsyncClient, fleet: list[WallUnit]
) -> None:
    await begin(office)
    for _ in range(5):
        for each in fleet:
            await each.turn(http)
        await go_on(office)
    assert await stands(office) is None, "the old pepper is gone"
    hall = fleet[0]
    hall.stop()
    for part in hall.path.parent.glob("policy.db*"):
        part.unlink()
    hall.start()
    assert not hall.knows(BADGE)
    await hall.turn(http)
    all_open([hall])


async def test_a_unit_that_is_given_up_opens_all_along_and_catches_up_later(
    office: Office, http: httpx.AsyncClient, fleet: list[WallUnit]
) -> None:
    for each in fleet:
        await each.turn(http)
    await fleet[2].online(False)
    new = await begin(office)
    for _ in range(3):
        await in_turn(fleet[:2], http, fleet)
        await go_on(office)
    async with committed(office) as transaction:
        service = RotationService(office, transaction, ACTOR, SITE)
        with pytest.raises(Conflict):
            await service.leave_behind("hall")
        await service.leave_behind("annexe")
    await go_on(office)
    assert await stands(office) is None, "the old one is gone from the server"
    all_open(fleet)
    await in_turn(fleet[2:], http, fleet)
    assert fleet[2].policy.pepper_id == new.name
    await in_turn(fleet[2:], http, fleet)
    assert fleet[2].store.told == (new.name,)


async def test_badges_of_the_last_moment_are_known_under_the_new_pepper_too(
    house: House, office: Office, http: httpx.AsyncClient, fleet: list[WallUnit]
) -> None:
    for each in fleet:
        await each.turn(http)
    await begin(office)
    await go_on(office)
    late = from_uid(bytes.fromhex("04010203040506"))
    answer = await http.post(
        "/api/v1/badges", json={"form": "uid7", "number": "04010203040506", "holder": "h1"}
    )
    assert answer.status_code == 201, answer.text
    for _ in range(3):
        await in_turn(fleet, http, fleet)
        await go_on(office)
    assert await stands(office) is None
    assert all(each.knows(late) for each in fleet)
    async with office.database.reading() as session:
        pepper = await pepper_of(session, office.keys, SITE)
    (pin,) = await house.all(Pin)
    stored = {row.digest for row in await house.all(Credential)}
    assert stored == {pepper.digest(BADGE), pepper.digest(late)}
    derived = {row.digest for row in await house.all(DerivedNumber)}
    assert pepper.digest(WIEGAND) in derived and len(derived) == 2
    assert pin.digest == pepper.pin(HolderId("h1"), DIGITS)
    assert await house.all(NextDigest) == []
    former = {row.digest: row.badge for row in await house.all(FormerDigest)}
    assert former[house.keys.unit_digest(BADGE)] == "c1", "older facts are still somebody's"


async def test_a_server_that_dies_at_any_moment_goes_on_where_it_was(
    house: House, office: Office, http: httpx.AsyncClient, fleet: list[WallUnit], tmp_path: Path
) -> None:
    """Each step is one transaction; one that was cut short is done again as if it were new."""
    for each in fleet:
        await each.turn(http)
    await begin(office)
    for attempt in range(40):
        try:
            async with committed(office) as transaction:
                service = RotationService(office, transaction, ACTOR, SITE)
                more = await service.prepare() or await service.advance()
                if attempt % 2 == 0 and more:
                    raise ConnectionResetError("killed")
        except ConnectionResetError:
            office = make_office(house, tmp_path / str(attempt))[0]
        await in_turn(fleet, http, fleet)
        if await stands(office) is None:
            break
    assert await stands(office) is None
    assert {len(each.store.told) for each in fleet} == {1} or await _settled(fleet, http)


async def _settled(fleet: list[WallUnit], http: httpx.AsyncClient) -> bool:
    await in_turn(fleet, http, fleet)
    return {len(each.store.told) for each in fleet} == {1}


async def test_a_theft_during_a_rotation_begins_it_anew(
    house: House, office: Office, http: httpx.AsyncClient, fleet: list[WallUnit]
) -> None:
    for each in fleet:
        await each.turn(http)
    first = await begin(office)
    await in_turn(fleet, http, fleet)
    with pytest.raises(Conflict, match="under way"):
        await begin(office)
    async with committed(office) as transaction:
        service = RotationService(office, transaction, ACTOR, SITE)
        second = await service.begin_anew("another unit was stolen")
    for _ in range(4):
        await go_on(office)
        await in_turn(fleet, http, fleet)
    assert {each.store.told for each in fleet} == {(second.name,)}
    rows = {row.name: row for row in await house.all(SitePepper)}
    assert rows[first.name].in_use_at is None and rows[first.name].retired_at is not None


async def test_only_the_unit_itself_is_told_a_pepper(
    house: House, office: Office, http: httpx.AsyncClient, fleet: list[WallUnit]
) -> None:
    hall = fleet[0]
    await begin(office)
    await hall.hear()
    wish = hall.store.wish(0.0)
    assert wish is not None
    answer = await http.post("/api/v1/units/other/peppers", content=wish)
    assert answer.status_code == 403
    async with committed(office) as transaction:
        row = await transaction.session.get(Unit, "hall")
        assert row is not None
        row.revoked_at = START
    answer = await http.post("/api/v1/units/hall/peppers", content=wish)
    assert answer.status_code == 403, "a stolen unit gets nothing more"
    secret = await _secrets(house)
    async with office.database.reading() as session:
        query = select(func.count()).select_from(Audit)
        assert (await session.execute(query)).scalar_one() > 0
    for row in await house.all(Audit):
        assert not any(each in f"{row.detail}{row.reason}" for each in secret)


async def _secrets(house: House) -> list[str]:
    """The peppers in force, as anybody could write them."""
    own = house.keys.sealing
    rows = [row for row in await house.all(SitePepper) if row.secret_sealed]
    raw = [sealing.open_sealed(own, row.secret_sealed, PEPPER_CONTEXT) for row in rows]
    return [form for each in raw for form in (each.hex(), repr(each))]
