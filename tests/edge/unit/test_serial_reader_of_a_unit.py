"""A whole unit with a 125 kHz reader on a serial line: real processes, a real pseudo terminal."""

import os
import pty
import tty
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from loquet_contract.access.credential import digest, from_em4100
from loquet_contract.access.policy import CredentialRecord, HolderRecord
from loquet_contract.ids import HolderId, RuleId
from loquet_contract.wire import sealing
from loquet_contract.wire.enrolment import SEALED_NUMBER_CONTEXT
from loquet_edge.protocols.rdm6300 import frame
from tests.edge.unit.a_unit import PEPPER, UNIT_TOML, Unit, a_unit, records

WHOLE, PRINTED, STRANGER = (
    bytes.fromhex(each) for each in ("0a0012d687", "3300aabbcc", "0104030201")
)
"""A badge that is known in full, one that is known as it is printed, and one that is not known."""


@pytest.fixture
def both() -> Iterator[tuple[Unit, int]]:
    """A unit at work, and the reader's end of its serial line."""
    with ExitStack() as stack:
        ours, theirs = pty.openpty()
        tty.setraw(theirs)
        for end in (ours, theirs):
            stack.callback(os.close, end)
        driver = f'access_point = "in"\ndriver = "rdm6300"\ndevice = "{os.ttyname(theirs)}"'
        text = UNIT_TOML.replace('access_point = "in"', driver)
        unit = stack.enter_context(a_unit(text))
        holder = HolderRecord(HolderId("h0"), (RuleId("all"),))
        numbers = (from_em4100(WHOLE)[0], from_em4100(PRINTED)[1])
        badges = [CredentialRecord(digest(PEPPER, each), holder.holder) for each in numbers]
        known = [*records(), holder, *badges]
        unit.give_policy(sorted(known, key=lambda record: record.key), 2)
        unit.start_two()
        yield unit, ours


@pytest.mark.parametrize("number", [WHOLE, PRINTED], ids=["in full", "as printed"])
def test_a_badge_opens_by_either_form_of_its_number(both: tuple[Unit, int], number: bytes) -> None:
    unit, line = both
    os.write(line, frame(number) * 3)
    unit.wait_released()
    assert unit.wait_kind("access_granted").body["holder"] == "h0"


def test_an_unknown_badge_is_refused_and_told_in_full(both: tuple[Unit, int]) -> None:
    unit, line = both
    os.write(line, frame(STRANGER)[:-3] + frame(STRANGER))
    denied = unit.wait_kind("access_denied").body
    opened = sealing.open_sealed(unit.server.seal_key, denied["sealed"], SEALED_NUMBER_CONTEXT)
    assert opened == b"em4100:" + STRANGER.hex().encode()
    assert not unit.released()
