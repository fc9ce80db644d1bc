"""Waiting units as the pages show them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from loquet_contract.wire.adoption import ADOPTED, REFUSED
from loquet_server.adoption.announcing import CARD, KNOWN
from loquet_server.adoption.repository import NETWORK
from loquet_server.adoption.service import SIMULATED, told_code
from loquet_server.models import Unit, UnitState, WaitingUnit
from loquet_server.web.i18n import N_, Translations

SILENT_MS: Final = 60_000
"""A unit that waits asks every ten seconds at least."""
WAYS: Final = {
    CARD: N_("with an SD card of this space"),
    KNOWN: N_("known before, by our own signature"),
    NETWORK: N_("found on the network"),
}
STATES: Final = {
    "waiting": N_("waits"),
    "silent": N_("silent"),
    "fetching": N_("is being set up"),
    "working": N_("works"),
    "refused": N_("turned away"),
}
CHIPS: Final = {"silent": "chip-warn", "fetching": "chip-warn", "working": "chip-good"}


@dataclass(frozen=True, slots=True)
class WaitingLine:
    """A waiting unit on a page."""

    row: WaitingUnit
    code: str
    way: str
    state: str
    text: str
    chip: str

    @property
    def open(self) -> bool:
        """True while somebody may still decide."""
        return self.state in ("waiting", "silent")

    @property
    def simulated(self) -> bool:
        """True if it has neither hardware nor a light."""
        return self.row.model == SIMULATED

    @property
    def blinks(self) -> str:
        """The blinks with spaces between: 3 1 4 2."""
        return " ".join(self.row.blinks)


def line_of(
    row: WaitingUnit, state: UnitState | None, now_ms: int, texts: Translations
) -> WaitingLine:
    """Return a waiting unit as it stands now."""
    stands = "silent" if now_ms - row.seen_at > SILENT_MS else "waiting"
    if row.state == REFUSED:
        stands = "refused"
    elif row.state == ADOPTED:
        heard = state is not None and state.online and (state.seen_at or 0) >= (row.decided_at or 0)
        stands = "working" if heard else "fetching"
    way = texts.gettext(WAYS.get(row.way, row.way))
    text = texts.gettext(STATES[stands])
    return WaitingLine(row, told_code(row), way, stands, text, CHIPS.get(stands, ""))


def model_of(row: WaitingUnit, texts: Translations) -> str:
    """Return what the unit says it runs on."""
    return texts.gettext(N_("simulated unit")) if row.model == SIMULATED else row.model


def places(
    units: Sequence[tuple[Unit, UnitState | None]], texts: Translations
) -> list[tuple[str, str]]:
    """Return the units whose place may be taken, those that are silent first."""
    silent = [unit for unit, state in units if state is None or not state.online]
    others = [unit for unit, state in units if state is not None and state.online]
    working, shut = texts.gettext(N_("works now")), texts.gettext(N_("shut out"))
    return [
        (unit.id, unit.name if unit.revoked_at is None else f"{unit.name} ({shut})")
        for unit in silent
    ] + [(unit.id, f"{unit.name} ({working})") for unit in others]
