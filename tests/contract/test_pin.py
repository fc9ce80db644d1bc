"""A PIN beside a badge: what is kept of it, and the rung that asks for it."""

# mypy: disable-error-code="arg-type, dict-item"

from dataclasses import dataclass, replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loquet_contract.access.decision import AccessRequest, Denied, Granted, Now, decide
from loquet_contract.access.pin import LONGEST, SHORTEST, InvalidPin, pin_digest, proven
from loquet_contract.access.policy import (
    AccessPointRecord,
    CredentialRecord,
    DoorRecord,
    HolderRecord,
    InMemoryPolicy,
    PolicyTerms,
    Record,
    RuleRecord,
    ScheduleRecord,
)
from loquet_contract.access.presence import NOBODY, Presence
from loquet_contract.access.reasons import Reason

PEPPER, NEW_PEPPER = bytes(range(32)), bytes(range(32, 64))
PINS = st.text("0123456789", min_size=SHORTEST, max_size=LONGEST)
NOON, HOUR = 1_000_000, 3600
TERMS = PolicyTerms(7, NOON - HOUR, NOON + 9 * HOUR, NOON + 9 * HOUR)
TRUSTED, UNTRUSTED = Now(0.0, NOON), Now(0.0, NOON, trusted=False)
MINE = pin_digest(PEPPER, "h", "204958")
OTHER = pin_digest(PEPPER, "h", "204959")
LOCKED = Presence(locked_down={"main": "l1"})
PLACE = AccessPointRecord("in", "main", "street", "hall", pin=True)
HOLDER = HolderRecord("h", ("members",), pin=MINE)
DOOR, BLOCKED = DoorRecord("main"), DoorRecord("main", blocked=True)
ALL, NEVER = ScheduleRecord("hours", always=True), ScheduleRecord("hours")
BY_DAY = ScheduleRecord("day", (NOON - HOUR, NOON + HOUR))


def test_what_is_kept_is_known_for_ever() -> None:
    # HMAC-SHA256 with key 00..1f of "pin:h:204958", worked out with `openssl dgst -mac HMAC`
    assert MINE == "QMC7ECX4qBekMCpLjFCp-csAkCq1h-AAfcTaZufh3W8"


@given(PINS, PINS)
def test_a_pin_proves_itself_and_no_other(pin: str, other: str) -> None:
    kept = pin_digest(PEPPER, "h", pin)
    assert proven(kept, (pin_digest(PEPPER, "h", other),)) == (pin == other)
    assert not proven(kept, (pin_digest(PEPPER, "g", pin), pin_digest(NEW_PEPPER, "h", pin)))
    assert not proven(kept, ())
    assert proven(kept, (pin_digest(NEW_PEPPER, "h", pin), kept))


@pytest.mark.parametrize("bad", ["", "123", "123456789", "12a4", "1234 ", "١٢٣٤", "-123"])
def test_what_is_no_pin_is_refused_and_not_repeated(bad: str) -> None:
    with pytest.raises(InvalidPin) as told:
        pin_digest(PEPPER, "h", bad)
    assert not bad or bad not in str(told.value)


@dataclass(frozen=True)
class Case:
    """One line: what differs from a member with a PIN at a door that asks for it."""

    why: str
    answer: Reason | None
    typed: tuple[str, ...] = (MINE,)
    when: int | None = None
    blocked: bool = False
    now: Now = TRUSTED
    place: AccessPointRecord = PLACE
    holder: HolderRecord = HOLDER
    hours: ScheduleRecord = ALL
    alone: ScheduleRecord | None = BY_DAY
    door: DoorRecord = DOOR
    presence: Presence = NOBODY


def place(**changed: Any) -> AccessPointRecord:
    return replace(PLACE, **changed)


def holder(**changed: Any) -> HolderRecord:
    return replace(HOLDER, **changed)


BY_NIGHT = place(badge_alone="day")
LIFTS = holder(may_lift_lockdown=True)

TABLE = [
    Case("badge and PIN", None),
    Case("a badge whose PIN has yet to come", Reason.PIN_EXPECTED, ()),
    Case("a wrong PIN", Reason.PIN_WRONG, (OTHER,)),
    Case("a PIN under the old pepper and the new", None, (OTHER, MINE)),
    Case("a member without a PIN", Reason.PIN_MISSING, (), holder=holder(pin=None)),
    Case("a member without a PIN who types one", Reason.PIN_MISSING, holder=holder(pin=None)),
    Case("a PIN that ends now", Reason.PIN_MISSING, when=NOON, holder=holder(pin_until=NOON)),
    Case("a PIN of the last second", None, holder=holder(pin_until=NOON + 1)),
    Case("the right PIN once no attempt is left", Reason.PIN_BLOCKED, blocked=True),
    Case("a badge once no attempt is left", Reason.PIN_BLOCKED, (), blocked=True),
    Case("no attempt left, where no PIN is asked", None, (), blocked=True, place=place(pin=None)),
    Case("no PIN, where none is asked", None, (), place=place(pin=None), holder=holder(pin=None)),
    Case("a wrong PIN where none is asked", None, (OTHER,), place=place(pin=None)),
    # while the badge is enough
    Case("by day", None, (), place=BY_NIGHT),
    Case("by night", Reason.PIN_EXPECTED, (), now=Now(0.0, NOON + HOUR), place=BY_NIGHT),
    Case("by day, as far as one can tell", Reason.PIN_EXPECTED, (), now=UNTRUSTED, place=BY_NIGHT),
    Case("hours that are not there", Reason.PIN_EXPECTED, (), place=BY_NIGHT, alone=None),
    # a PIN is asked only of whoever would be let in by the badge
    Case("suspended", Reason.MEMBER_SUSPENDED, (), holder=holder(suspended=True)),
    Case("out of hours", Reason.NOT_PERMITTED_NOW, (), hours=NEVER),
    Case("blocked", Reason.DOOR_BLOCKED, (), door=BLOCKED),
    Case("locked down", Reason.LOCKED_DOWN, (), presence=LOCKED),
    Case("locked down, for who may lift it", Reason.PIN_EXPECTED, (), holder=LIFTS,
         presence=LOCKED),
    Case("proven, locked down", Reason.LOCKED_DOWN, holder=LIFTS, presence=LOCKED),
    Case("at the way out", None, (), place=place(exit=True)),
]  # fmt: skip


@pytest.mark.parametrize("case", TABLE, ids=lambda case: case.why)
def test_the_pin_rung(case: Case) -> None:
    rule = RuleRecord("members", ("in",), "hours")
    records: list[Record | None] = [
        case.place, case.holder, case.hours, case.alone, case.door, rule,
    ]  # fmt: skip
    records.append(CredentialRecord("d", "h"))
    policy = InMemoryPolicy.of(TERMS, [each for each in records if each is not None])
    request = AccessRequest("in", ("d",), pins=case.typed, pin_blocked=case.blocked)
    answer = decide(request, policy, case.presence, case.now)
    if case.answer is None:
        assert isinstance(answer, Granted)
        asked = bool(case.place.pin) and case.place.badge_alone is None and not case.place.exit
        assert answer.pin is asked
    else:
        lifts = "l1" if case.answer is Reason.LOCKED_DOWN and case.typed else None
        assert answer == Denied(case.answer, "h", "d", case.when, lifts)
