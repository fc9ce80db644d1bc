"""What moves: changes upon the version held, parts, repeats, gaps, and our own over it."""

# mypy: disable-error-code="arg-type"

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loquet_contract.access.presence import Balance, Stay
from loquet_contract.ids import AccountId, AreaId, DoorId, HolderId, LockdownId, SiteId
from loquet_contract.wire.messages import MAX_MOVING
from loquet_contract.wire.signing import Purpose, Signer, SigningKey, Verifier
from loquet_edge.moving import MovingFacts, MovingRefused, Took
from loquet_edge.moving_store import MovingStore
from loquet_edge.unconfirmed import LATE_SECONDS, SETTLED_SECONDS, Spent
from tests.edge.unit.a_book import Book
from tests.edge.unit.a_moving import CREATED, moving, whole
from tests.edge.unit.a_unit import SITE

KEY = SigningKey.generate()
SIGNER = Signer(KEY)
Open = Callable[[], MovingFacts]


def facts(store: Any, origin: str = "here") -> MovingFacts:
    return MovingFacts(Verifier(KEY.public), SITE, store, origin)


@pytest.fixture(params=["memory", "file"])
def again(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Open]:
    """Opens the same facts anew each time, as after a restart."""
    book, stores = Book(), list[MovingStore]()

    def reopened() -> MovingFacts:
        if request.param == "memory":
            return facts(book)
        if stores:
            stores[-1].close()
        stores.append(MovingStore(tmp_path / "moving.db"))
        return facts(stores[-1])

    yield reopened
    for each in stores:
        each.close()


def seen(found: MovingFacts, *names: str) -> dict[str, Any]:
    """What a decision would read, by key; left out: nothing."""
    presence = found.presence({})
    told: dict[str, Any] = {}
    for name in names or ("balance/a", "paid/a/h", "stay/h", "people/x"):
        kind, *what = name.split("/")
        value: Any
        if kind == "paid":
            value = presence.paid.get((AccountId(what[0]), HolderId(what[1])))
        else:
            field: Any = {"balance": "balances", "stay": "stays", "people": "people"}[kind]
            value = getattr(presence, field).get(what[0])
        if value is not None:
            told[name] = value
    return told


ALL = {"balance/a": [3, None], "paid/a/h": 700, "stay/h": ["x", 50], "people/x": 4}
READ = {"balance/a": Balance(3), "paid/a/h": 700, "stay/h": Stay("x", 50), "people/x": 4}


def test_all_that_is_told_is_looked_up_and_kept(again: Open) -> None:
    found = again()
    assert found.take(whole(SIGNER, 5, ALL)[0], 0.0) is Took.NEW
    assert seen(found) == READ
    found = again()
    assert (found.version, found.created) == (5, CREATED + 5)
    assert seen(found) == READ


def test_changes_count_upon_the_version_that_they_change(again: Open) -> None:
    found = again()
    assert found.take(moving(SIGNER, 1, ALL, base=0), 0.0) is Took.BEHIND
    found.take(whole(SIGNER, 5, ALL)[0], 0.0)
    change = {"balance/a": [2, 600], "paid/a/h": None, "stay/h": None}
    assert found.take(moving(SIGNER, 8, change, base=7), 0.0) is Took.BEHIND
    assert seen(found) == READ
    assert found.take(moving(SIGNER, 8, change, base=5), 0.0) is Took.NEW
    assert seen(found) == {"balance/a": Balance(2, 600), "people/x": 4}
    found = again()
    assert seen(found) == {"balance/a": Balance(2, 600), "people/x": 4}


def test_what_is_older_or_repeated_is_passed_over_in_silence(again: Open) -> None:
    found = again()
    found.take(whole(SIGNER, 5, ALL)[0], 0.0)
    repeated = [moving(SIGNER, 5, {"people/x": 9}, base=4), moving(SIGNER, 3, {}, base=2)]
    for each in [*repeated, *whole(SIGNER, 5, {}), *whole(SIGNER, 4, {})]:
        assert found.take(each, 0.0) is Took.SAME
    assert seen(found) == READ


def test_after_a_restore_a_server_may_say_all_at_an_earlier_version(again: Open) -> None:
    found = again()
    found.take(whole(SIGNER, 5, ALL)[0], 0.0)
    late = whole(SIGNER, 2, {"people/x": 1}, created=CREATED + 6)[0]
    assert found.take(late, 0.0) is Took.NEW
    assert (found.version, seen(found)) == (2, {"people/x": 1})
    assert found.take(whole(SIGNER, 2, {}, created=CREATED + 9)[0], 0.0) is Took.SAME
    assert found.take(whole(SIGNER, 1, ALL)[0], 0.0) is Took.SAME  # a replay


def test_a_server_whose_clock_was_set_back_is_heard(again: Open) -> None:
    found = again()
    found.take(whole(SIGNER, 5, ALL)[0], 0.0)
    assert found.take(whole(SIGNER, 6, {}, created=CREATED)[0], 0.0) is Took.NEW
    assert (found.version, seen(found)) == (6, {})


def test_parts_count_once_the_last_is_there(again: Open) -> None:
    found = again()
    found.take(whole(SIGNER, 1, ALL)[0], 0.0)
    first, second, third = whole(SIGNER, 2, {"balance/a": [9, None]}, {"people/x": 1}, {})
    assert [found.take(each, 0.0) for each in (first, second)] == [Took.MORE] * 2
    assert seen(found) == READ
    assert found.take(moving(SIGNER, 2, {"people/x": 5}, base=1), 0.0) is Took.NEW
    assert found.take(third, 0.0) is Took.SAME  # it came the other way meanwhile
    assert seen(found, "people/x") == {"people/x": 5}
    for each, took in zip(
        whole(SIGNER, 4, {"paid/a/h": 8}, {}), (Took.MORE, Took.NEW), strict=True
    ):
        assert found.take(each, 0.0) is took
    assert seen(found) == seen(again()) == {"paid/a/h": 8}


def test_parts_out_of_order_or_of_two_versions_are_asked_for_anew(again: Open) -> None:
    found = again()
    two, other = whole(SIGNER, 2, {"people/x": 1}, ALL), whole(SIGNER, 3, ALL, {})
    assert found.take(two[1], 0.0) is Took.BEHIND
    found.take(two[0], 0.0)
    assert found.take(other[1], 0.0) is Took.BEHIND
    assert found.take(two[1], 0.0) is Took.BEHIND
    assert found.version is None and seen(found) == {}


def test_what_was_half_told_before_a_restart_is_never_mixed_in(again: Open) -> None:
    found = again()
    found.take(whole(SIGNER, 1, ALL)[0], 0.0)
    found.take(whole(SIGNER, 2, {"stay/gone": ["x", 1]}, {})[0], 0.0)
    found = again()
    assert seen(found) == READ
    for each in whole(SIGNER, 3, {"people/x": 1}, {}):
        found.take(each, 0.0)
    assert seen(found, "stay/gone", "people/x") == {"people/x": 1}
    assert seen(again(), "stay/gone", "people/x") == {"people/x": 1}


@pytest.mark.parametrize(
    ("document", "said"),
    [
        ("{}", "signed document"),
        (moving(Signer(SigningKey.generate()), 2, {}, base=1), "not known"),
        (SIGNER.sign(Purpose.DESIRED, "{}"), "signature"),
        (moving(SIGNER, 2, {}, base=1, site=SiteId("other")), "another site"),
        (moving(SIGNER, 2, {}, base=1, part=0, parts=2), "means nothing"),
        (moving(SIGNER, 2, {}, part=2, parts=2), "means nothing"),
        ("x" * (MAX_MOVING + 1), "more than"),
    ],
)
def test_what_is_not_ours_is_refused_and_changes_nothing(document: str, said: str) -> None:
    found = facts(Book())
    found.take(whole(SIGNER, 1, ALL)[0], 0.0)
    with pytest.raises(MovingRefused, match=said):
        found.take(document, 0.0)
    assert (found.version, seen(found)) == (1, READ)


def test_facts_of_an_earlier_enrolment_are_forgotten() -> None:
    book = Book()
    found = facts(book)
    found.take(whole(SIGNER, 9, ALL)[0], 0.0)
    found.spend(Spent("a", "h", 900, None, 0, False))
    found = facts(book, "another server")
    assert (found.version, seen(found)) == (None, {})
    assert found.take(whole(SIGNER, 1, ALL)[0], 0.0) is Took.NEW


# ---- our own --------------------------------------------------------------------------------


def test_a_pass_taken_here_counts_at_once_and_until_the_server_tells_of_it(again: Open) -> None:
    found = again()
    found.take(whole(SIGNER, 1, {"balance/a": [3, None]})[0], 0.0)
    found.spend(Spent("a", "h", 800, None, 0, False))
    found.spend(Spent("a", "h", 800, None, 0, False))  # the same pass
    found.spend(Spent("a", "g", 800, None, 0, True))  # billed: there was none to take
    mine = {"balance/a": Balance(2), "paid/a/h": 800, "paid/a/g": 800}
    names = ("balance/a", "paid/a/h", "paid/a/g")
    assert seen(found, *names) == mine
    found = again()
    assert seen(found, *names) == mine
    found.take(moving(SIGNER, 2, {"people/x": 1}, base=1), 0.0)
    assert seen(found, *names) == mine
    found.take(moving(SIGNER, 3, {"balance/a": [2, None], "paid/a/h": 800}, base=2), 0.0)
    assert seen(found, *names) == mine
    found.take(moving(SIGNER, 4, {"balance/a": [9, None]}, base=3), 0.0)
    assert seen(again(), "balance/a") == {"balance/a": Balance(9)}


def test_a_whole_that_covers_what_was_taken_here_ends_it(again: Open) -> None:
    found = again()
    for period in (700, 800, 900):
        found.spend(Spent("a", "h", period, None, 0, False))
    for each in whole(SIGNER, 1, {"balance/a": [8, None]}, {"paid/a/h": 800}):
        found.take(each, 0.0)
    assert seen(found, "balance/a", "paid/a/h") == {"balance/a": Balance(7), "paid/a/h": 900}
    assert seen(again(), "balance/a", "paid/a/h") == {"balance/a": Balance(7), "paid/a/h": 900}


def test_a_window_brings_its_allowance_before_the_server_has_told_of_it() -> None:
    found = facts(Book())
    found.take(whole(SIGNER, 1, {"balance/a": [1, 500]})[0], 0.0)
    found.spend(Spent("a", "h", 500, 500, 4, False))
    assert seen(found, "balance/a") == {"balance/a": Balance(0, 500)}
    found.spend(Spent("a", "h", 1000, 1000, 4, False))
    assert seen(found, "balance/a") == {"balance/a": Balance(3, 1000)}
    found.take(moving(SIGNER, 2, {"balance/a": [4, 1000]}, base=1), 0.0)
    assert seen(found, "balance/a") == {"balance/a": Balance(3, 1000)}
    found.take(moving(SIGNER, 3, {"balance/a": [3, 1000], "paid/a/h": 1000}, base=2), 0.0)
    assert seen(found, "balance/a") == {"balance/a": Balance(3, 1000)}


def test_what_the_server_has_decided_otherwise_is_let_go_in_time() -> None:
    found = facts(Book())
    found.spend(Spent("a", "h", 800, None, 0, False, noted=10.0))
    found.arrive("h", Stay("x", 800), 10.0)
    late = 10.0 + SETTLED_SECONDS
    found.take(whole(SIGNER, 1, {"balance/a": [3, None]})[0], late)  # it may not know yet
    assert seen(found, "balance/a") == {"balance/a": Balance(2)}
    found.take(moving(SIGNER, 2, {}, base=1), late - 1.0, all_told=True)
    assert seen(found, "balance/a", "stay/h") == {"balance/a": Balance(2), "stay/h": Stay("x", 800)}
    found.take(moving(SIGNER, 3, {}, base=2), late, all_told=True)
    assert seen(found, "balance/a", "paid/a/h", "stay/h") == {"balance/a": Balance(3)}


def test_the_newest_stay_counts_whoever_saw_it(again: Open) -> None:
    found = again()
    found.take(whole(SIGNER, 1, {"stay/h": ["x", 100]})[0], 0.0)
    found.arrive("h", Stay("y", 200), 0.0)
    assert seen(again(), "stay/h") == {"stay/h": Stay("y", 200)}
    found = again()
    found.take(moving(SIGNER, 2, {"stay/h": ["x", 150]}, base=1), 0.0)
    assert seen(found, "stay/h") == {"stay/h": Stay("y", 200)}
    found.take(moving(SIGNER, 3, {"stay/h": ["z", 300]}, base=2), 0.0)
    assert seen(found, "stay/h") == {"stay/h": Stay("z", 300)}
    found.arrive("h", Stay("y", CREATED), 0.0)
    found.take(moving(SIGNER, 4, {"stay/h": None}, base=3), 0.0)  # of an earlier stay
    assert seen(found, "stay/h") == {"stay/h": Stay("y", CREATED)}
    told = moving(SIGNER, 5, {"stay/h": None}, base=4, created=CREATED + LATE_SECONDS + 1)
    found.take(told, 0.0)
    assert seen(found, "stay/h") == {}


def test_people_are_counted_on_from_what_was_told_and_never_from_nothing() -> None:
    found = facts(Book())
    found.step("x", 1, CREATED)
    assert seen(found, "people/x") == {}
    found.take(whole(SIGNER, 1, {"people/x": 3})[0], 0.0)  # told after that step
    assert seen(found, "people/x") == {"people/x": 3}
    for people in (1, 1, -1, 1):
        found.step("x", people, CREATED + 10)
    assert seen(found, "people/x") == {"people/x": 5}
    found.take(moving(SIGNER, 9, {"people/x": 4}, base=1), 0.0)  # made before those steps
    assert seen(found, "people/x") == {"people/x": 6}
    found.take(moving(SIGNER, 11, {"people/x": 5}, base=9), 0.0)
    for _ in range(9):
        found.step("x", -1, CREATED + 20)
    assert seen(found, "people/x") == {"people/x": 0}


def test_a_decision_reads_one_presence_and_copies_nothing() -> None:
    found, locked = facts(Book()), dict[Any, Any]()
    presence = found.presence(locked)
    assert found.presence(locked) is presence
    other = found.presence({DoorId("d"): LockdownId("l")})
    assert other.locked_down.get(DoorId("d")) == "l"
    found.arrive(HolderId("h"), Stay(AreaId("x"), 50), 0.0)
    for each in (presence, other):
        assert (each.stays.get(HolderId("h")), each.stays.get(HolderId("g"))) == (
            Stay("x", 50),
            None,
        )


KEYS = st.sampled_from(["balance/a", "balance/b", "paid/a/h", "stay/h", "people/x"])


@given(
    st.lists(
        st.tuples(st.sampled_from(["change", "whole", "gap", "repeat", "half"]),
                  st.dictionaries(KEYS, st.integers(0, 5) | st.none())),
        max_size=12,
    )
)  # fmt: skip
def test_facts_are_always_those_of_one_version(
    story: list[tuple[str, dict[str, int | None]]],
) -> None:
    """Whatever comes and is lost, what is read is exactly what the server had at that version."""
    book, truth, version = Book(), dict[str, Any](), 0
    found, at = facts(book), dict[int, dict[str, Any]]()
    sent = ""
    for what, numbers in story:
        change = {key: None if n is None else _value(key, n) for key, n in numbers.items()}
        version += 1
        truth = {key: value for key, value in (truth | change).items() if value is not None}
        at[version] = truth
        if what == "repeat" and sent:
            found.take(sent, 0.0)
        elif what in ("whole", "half"):
            parts = whole(SIGNER, version, truth, {})
            for sent in parts[: 1 if what == "half" else 2]:
                found.take(sent, 0.0)
        elif what == "change":
            sent = moving(SIGNER, version, change, base=version - 1)
            found.take(sent, 0.0)
        for each in (found, facts(book)):
            expected = at.get(each.version or 0, {})
            names = ("balance/a", "balance/b", "paid/a/h", "stay/h", "people/x")
            assert seen(each, *names) == {key: _read(key, expected[key]) for key in expected}
    if story and story[-1][0] == "whole":
        assert found.version == version


def _value(key: str, number: int) -> Any:
    kind = key.split("/")[0]
    return {"balance": [number, None], "stay": ["x", number]}.get(kind, number)


def _read(key: str, value: Any) -> Any:
    kind = key.split("/")[0]
    return (
        {"balance": Balance, "stay": Stay}[kind](*value) if kind in ("balance", "stay") else value
    )


STEPS = st.one_of(
    st.tuples(st.just("spend"), st.sampled_from("ghi"), st.integers(1, 6)),
    st.tuples(st.just("ingest"), st.integers(1, 3), st.none()),
    st.tuples(st.just("tell"), st.booleans(), st.none()),
    st.tuples(st.just("restart"), st.none(), st.none()),
)


@given(st.lists(STEPS, max_size=30), st.booleans())
def test_a_pass_is_missing_once_whenever_the_server_hears_of_it(
    story: list[tuple[str, Any, Any]], windows: bool
) -> None:
    """One unit spends from one account; the server hears late and tells late; nothing is lost."""
    book, told, window = Book(), 20, 0 if windows else None
    found = facts(book)
    journal, spent, paid, version = list[tuple[str, int]](), set[Any](), dict[str, int](), 1
    found.take(whole(SIGNER, 1, {"balance/a": [told, window]})[0], 0.0)
    for what, first, second in story:
        if what == "spend" and (found.presence({}).paid.get(("a", first)) or 0) < second:
            found.spend(Spent("a", first, second, window, 20, False))
            spent.add((first, second))
            journal.append((first, second))
        elif what == "ingest":
            for holder, period in journal[:first]:
                paid[holder], told = period, told - 1
            del journal[:first]
        elif what == "tell":
            version += 1
            now: dict[str, Any] = {f"paid/a/{who}": period for who, period in paid.items()}
            now["balance/a"] = [told, window]
            document = whole(SIGNER, version, now)[0]
            if first:
                document = moving(SIGNER, version, now, base=version - 1)
            assert found.take(document, 0.0) is Took.NEW
        elif what == "restart":
            found = facts(book)
        assert found.presence({}).balances.get(AccountId("a")) == Balance(20 - len(spent), window)
        for holder in "ghi":
            mine = max((period for who, period in spent if who == holder), default=None)
            assert found.presence({}).paid.get(("a", holder)) == mine
