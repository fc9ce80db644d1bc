"""What moves with every tap is told once, only when it changed, and can be asked for."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loquet_contract.ids import SiteId, UnitId
from loquet_contract.wire.codec import decode_text, encode
from loquet_contract.wire.enrolment import MovingRequest
from loquet_contract.wire.messages import MAX_MOVING, Moving
from loquet_contract.wire.signing import Purpose, Signer, Verifier
from loquet_server.models import MovingFact, Unit
from loquet_server.moving.facts import InvalidFact, checked, chunks, message
from loquet_server.moving.publisher import MovingPublisher
from loquet_server.publication import Publication
from tests.server.desk import client, make_office
from tests.server.house import SITE, START, UNIT, House

BALANCE = {"left": 3, "window": None}
MORNING = START // 1000


async def tell(house: House, changes: dict[str, Any]) -> list[Publication]:
    maker = MovingPublisher(house.keys.signer)
    async with house.database.with_transaction() as session:
        return await maker.tell(session, SITE, changes, START)


def read(house: House, document: str) -> Moving:
    verifier = Verifier(house.keys.signing.public)
    return decode_text(Moving, verifier.payload(Purpose.MOVING, document))


async def since(house: House, have: int | None) -> list[Moving]:
    maker = MovingPublisher(house.keys.signer)
    async with house.database.reading() as session:
        return [read(house, line) for line in await maker.since(session, SITE, have, START)]


def apply(held: dict[str, Any], told: Moving) -> dict[str, Any]:
    """Hold what a unit would hold after a message, under the keys of facts."""
    held = {} if told.base is None and told.part == 0 else dict(held)
    held |= {f"balance/{key}": (each.left, each.window) for key, each in told.balances.items()}
    held |= {f"stay/{key}": (each.area, each.since) for key, each in told.stays.items()}
    held |= {f"people/{key}": number for key, number in told.people.items()}
    for account, paid in told.paid.items():
        held |= {f"paid/{account}/{holder}": start for holder, start in paid.items()}
    return {key: value for key, value in held.items() if key not in told.gone}


async def test_all_units_are_told_the_same_signed_once(house: House) -> None:
    told = await tell(house, {"balance/a1": BALANCE, "paid/a1/h1": MORNING})
    assert {each.topic for each in told} == {
        f"loquet/v1/{SITE}/units/{unit}/moving" for unit in (UNIT, "other")
    }
    assert len({each.payload for each in told}) == 1
    assert not any(each.retain for each in told)
    found = read(house, told[0].payload)
    assert (found.base, found.version, found.balances["a1"].left) == (0, 1, 3)  # type: ignore[index]
    assert found.paid == {"a1": {"h1": MORNING}}


async def test_what_did_not_change_is_not_told_again(house: House) -> None:
    await tell(house, {"balance/a1": BALANCE, "people/salle": 4})
    assert await tell(house, {"balance/a1": dict(BALANCE), "people/salle": 4}) == []
    told = await tell(house, {"balance/a1": BALANCE, "people/salle": 5})
    found = read(house, told[0].payload)
    assert (found.base, found.version, dict(found.balances)) == (1, 2, {})


async def test_what_is_no_more_is_gone(house: House) -> None:
    await tell(house, {"stay/h1": {"area": "calme", "since": MORNING}})
    told = await tell(house, {"stay/h1": None, "stay/never": None})
    assert read(house, told[0].payload).gone == ("stay/h1",)
    assert [each.gone for each in await since(house, None)] == [()]


async def test_a_rollback_is_told_to_nobody(house: House) -> None:
    maker = MovingPublisher(house.keys.signer)
    with pytest.raises(RuntimeError):
        async with house.database.with_transaction() as session:
            await maker.tell(session, SITE, {"people/salle": 1}, START)
            raise RuntimeError("the database could not commit")
    assert await house.all(MovingFact) == []
    (first,) = {each.payload for each in await tell(house, {"people/salle": 2})}
    assert read(house, first).base == 0


async def test_a_revoked_unit_hears_nothing(house: House) -> None:
    async with house.database.with_transaction() as session:
        row = await session.get(Unit, "other")
        assert row is not None
        row.revoked_at = START
    told = await tell(house, {"people/salle": 2})
    assert [each.topic.split("/")[4] for each in told] == [UNIT]


async def test_a_large_change_travels_in_versions_that_each_fit(house: House) -> None:
    many = {f"balance/{number:040d}": BALANCE for number in range(1500)}
    told = await tell(house, many)
    messages = [read(house, each.payload) for each in told if f"/{UNIT}/" in each.topic]
    assert len(messages) > 1
    assert [each.base for each in messages] == list(range(len(messages)))
    assert all(len(each.payload.encode()) <= MAX_MOVING for each in told)
    held: dict[str, Any] = {}
    for each in messages:
        held = apply(held, each)
    assert held.keys() == many.keys()
    whole = await since(house, None)
    assert [each.part for each in whole] == list(range(len(whole)))
    assert {(each.parts, each.version) for each in whole} == {(len(whole), len(messages))}


async def test_a_unit_with_a_gap_gets_what_changed_since(house: House) -> None:
    await tell(house, {"people/salle": 1, "balance/a1": BALANCE})
    await tell(house, {"people/salle": 2})
    await tell(house, {"people/salle": None, "people/calme": 1})
    (found,) = await since(house, 1)
    assert (found.base, found.version, dict(found.balances)) == (1, 3, {})
    assert (dict(found.people), found.gone) == ({"calme": 1}, ("people/salle",))
    (nothing,) = await since(house, 3)
    assert (nothing.base, nothing.version, nothing.gone) == (3, 3, ())
    for stranger in (None, 4, -1):
        (whole,) = await since(house, stranger)
        assert (whole.base, whole.version, dict(whole.people)) == (None, 3, {"calme": 1})


async def test_a_unit_asks_over_the_web_with_its_signature(house: House, tmp_path: Any) -> None:
    office, _ = make_office(house, tmp_path)
    await tell(house, {"people/salle": 1})
    wish = encode(MovingRequest(SITE, UNIT, None, "n"))
    good = Signer(house.unit_key).sign(Purpose.MOVING_REQUEST, wish)
    other = encode(MovingRequest(SiteId("elsewhere"), UnitId("other"), None, "n"))
    wrong = [
        Signer(house.unit_key).sign(Purpose.POLICY_REQUEST, wish),
        house.keys.signer.sign(Purpose.MOVING_REQUEST, wish),
        Signer(house.unit_key).sign(Purpose.MOVING_REQUEST, other),
        "no",
    ]
    async with client(office) as web:
        address = f"/api/v1/units/{UNIT}/moving"
        answer = await web.post(address, content=good)
        refusals = [(await web.post(address, content=each)).status_code for each in wrong]
        refusals.append((await web.post("/api/v1/units/nobody/moving", content=good)).status_code)
    assert answer.status_code == 200, answer.text
    assert dict(read(house, answer.text.strip()).people) == {"salle": 1}
    assert refusals == [403] * 5


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("balance", 1), ("balance/", BALANCE), ("paid/a", 1), ("other/a", 1),
        ("balance/a", 3), ("stay/h", {"area": "a"}), ("people/a", "many"),
    ],
)  # fmt: skip
def test_what_is_no_fact_is_refused(key: str, value: Any) -> None:
    with pytest.raises(InvalidFact):
        checked(key, value)


keys = st.sampled_from(["balance/a", "balance/b", "paid/a/h", "paid/a/i", "stay/h", "people/x"])


def value_of(key: str, number: int) -> Any:
    if number == 0:
        return None
    kind = key.split("/")[0]
    if kind == "balance":
        return {"left": number, "window": None}
    return {"area": "x", "since": number} if kind == "stay" else number


@given(st.lists(st.dictionaries(keys, st.integers(0, 3), min_size=1), max_size=8))
def test_changes_applied_in_order_give_what_is_there(history: list[dict[str, int]]) -> None:
    """The messages of any history leave a unit with exactly the last value of each key."""
    held: dict[str, Any] = {}
    there: dict[str, Any] = {}
    for number, changes in enumerate(history):
        facts = {key: checked(key, value_of(key, value)) for key, value in changes.items()}
        there |= facts
        for piece in chunks(facts, 60):
            held = apply(held, message(SITE, number + 1, 0, piece.items(), base=number))
    whole: dict[str, Any] = {}
    for piece in chunks({key: value for key, value in there.items() if value is not None}):
        whole = apply(whole, message(SITE, 1, 0, piece.items()))
    assert held == whole
    assert held.keys() == {key for key, value in there.items() if value is not None}
