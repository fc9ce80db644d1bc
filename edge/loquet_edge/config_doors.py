"""``[[doors]]``, ``[fire]`` and ``[case]`` of ``unit.toml``; times in seconds.

Polarity is said here and translated at the pin: what is said above is *released*, *open*,
*pressed*, *lit*. Contacts to ground are pulled up and those to 3.3 V down, so that a cut wire
of a closed contact reads as open: a leaf that is open, a fire, a case that was opened.
"""

from dataclasses import dataclass, field
from enum import StrEnum

from loquet_contract.ids import DoorId
from loquet_edge.config_feedback import voice_of
from loquet_edge.config_table import Table
from loquet_edge.config_wires import InputConfig, OutputConfig, optional_contact
from loquet_edge.door_rules import TIME_LIMITS, exit_releases
from loquet_edge.feedback.voice import Voice

LOCKS = ("strike", "motor_bolt", "maglock")
EXITS = ("unseen", "sensor", "button", "reader")
CONTACT_SECONDS, EXIT_SECONDS, BUTTON_SECONDS, SUPPLY_SECONDS = 0.03, 0.01, 0.05, 2.0
"""How long a level must be stable. Mains that blink for less than two seconds are no news."""


class FailMode(StrEnum):
    """What the lock does without power: it stays locked (secure), or lets go (safe)."""

    SECURE = "secure"
    SAFE = "safe"


@dataclass(frozen=True, slots=True)
class FireConfig:
    """The fire loop, the button that re-arms, and the doors that it releases."""

    loop: InputConfig
    rearm: InputConfig
    doors: tuple[DoorId, ...]


@dataclass(frozen=True, slots=True)
class DoorUnitConfig:
    """One door as it is wired; times in seconds."""

    id: DoorId
    lock: str
    fail: FailMode
    lock_output: OutputConfig
    """Active when released."""
    energised_high: bool
    """The level that puts current through the lock's relay."""
    exit: str
    contact: InputConfig | None
    """Active when the leaf is open."""
    exit_input: InputConfig | None
    release: float
    extended_release: float
    maximum: float
    pre_alarm: float
    alarm: float
    exit_stuck: float
    led_granted: OutputConfig | None
    """Green; together with the next two an RGB light, or two plain ones."""
    led_denied: OutputConfig | None
    """Red."""
    buzzer: OutputConfig | None
    led_blue: OutputConfig | None = None
    voice: Voice = field(default_factory=Voice)
    tamper: InputConfig | None = None
    """Of the case of the reader, or of what else is outside; active when it is open."""
    doorbell: InputConfig | None = None

    @property
    def exit_releases(self) -> bool:
        """False for a sensor beside a free handle: it explains an opening and unlocks nothing."""
        return exit_releases(self.exit, self.lock)


@dataclass(frozen=True, slots=True)
class CaseConfig:
    """What the unit's own case tells; an input that is not wired is None."""

    tamper: InputConfig | None = None
    """Active when the case is open, or the wire cut."""
    mains: InputConfig | None = None
    """Active when the supply says that the mains are gone, or the wire is cut."""


def door_of(table: Table) -> DoorUnitConfig:
    """Return one door as it is wired; raise ConfigurationError."""
    name = DoorId(table.id("id"))
    table = table.named(f"doors.{name}")
    lock, fail, lock_output, energised = _lock(table, name)
    exit_style, exit_input = _exit(table, name)
    lit_high = table.active("led_active", "high")
    found = DoorUnitConfig(
        id=name,
        lock=lock,
        fail=fail,
        lock_output=lock_output,
        energised_high=energised,
        exit=exit_style,
        contact=_closed(table, "contact", name),
        exit_input=exit_input,
        release=table.seconds("release", 5.0),
        extended_release=table.seconds("extended_release", 15.0),
        maximum=table.seconds("maximum", 30.0),
        pre_alarm=table.seconds("pre_alarm", 20.0),
        alarm=table.seconds("alarm", 30.0),
        exit_stuck=table.seconds("exit_stuck", 60.0),
        led_granted=_light(table, "led_granted", name, lit_high),
        led_denied=_light(table, "led_denied", name, lit_high),
        led_blue=_light(table, "led_blue", name, lit_high),
        buzzer=_light(table, "buzzer", name, table.active("buzzer_active", "high")),
        voice=voice_of(table),
        tamper=_closed(table, "tamper", name),
        doorbell=_doorbell(table, name),
    )
    table.finish()
    for key, limit in TIME_LIMITS:
        if getattr(found, key) > getattr(found, limit):
            table.refuse(key, f"must not be longer than {limit} ({getattr(found, limit)} s)")
    return found


def _lock(table: Table, name: DoorId) -> tuple[str, FailMode, OutputConfig, bool]:
    """Return its kind, what it does without power, its line, and the level of a current."""
    lock = table.choice("lock", LOCKS)
    usual = "safe" if lock == "maglock" else "secure"
    fail = FailMode(table.choice("fail", tuple(FailMode), usual))
    if lock == "maglock" and fail is FailMode.SECURE:
        table.refuse("fail", 'a maglock holds by its current alone: write "safe"')
    energised = table.active("lock_active", "high")
    released_high = energised == (fail is FailMode.SECURE)
    output = OutputConfig(f"lock:{name}", table.line("lock_line"), released_high)
    return lock, fail, output, energised


def _exit(table: Table, name: DoorId) -> tuple[str, InputConfig | None]:
    line, style = table.optional_line("exit_line"), table.choice("exit", EXITS, "unseen")
    if style in ("sensor", "button") and line is None:
        table.refuse("exit_line", f'exit = "{style}" needs the line that it is wired to')
    high = table.active("exit_active", "low")
    wire = optional_contact(f"exit:{name}", line, high, EXIT_SECONDS, pull_for_active=True)
    return style, wire


def _closed(table: Table, kind: str, name: str = "") -> InputConfig | None:
    """Return a contact that is closed while all is well: ``<kind>_line``, ``<kind>_closed``."""
    line = table.optional_line(f"{kind}_line")
    closed_low = table.choice(f"{kind}_closed", ("low", "high"), "low") == "low"
    return optional_contact(f"{kind}:{name}" if name else kind, line, closed_low, CONTACT_SECONDS)


def _doorbell(table: Table, name: DoorId) -> InputConfig | None:
    line, high = table.optional_line("doorbell_line"), table.active("doorbell_active", "low")
    return optional_contact(f"doorbell:{name}", line, high, BUTTON_SECONDS, pull_for_active=True)


def _light(table: Table, kind: str, name: DoorId, high: bool) -> OutputConfig | None:
    line = table.optional_line(f"{kind}_line")
    return None if line is None else OutputConfig(f"{kind}:{name}", line, high)


def fire_of(table: Table | None, doors: tuple[DoorId, ...]) -> FireConfig | None:
    """Return the fire loop, if there is one; raise ConfigurationError."""
    if table is None:
        return None
    closed = table.flag("normally_closed", True)
    pull = table.pull("pull", "up")
    # A loop to ground with a pull-up reads high when it is cut; one to 3.3 V is the other way.
    loop = InputConfig("fire", table.line("line"), closed == (pull != "down"), pull, 0.02)
    rearm = table.active("rearm_active", "low")
    named = table.names("doors", doors)
    if doors and not named:
        table.refuse("doors", "a fire would release no door; name some, or leave the key out: all")
    for name in named:
        table.known("doors", name, doors, "door")
    found = FireConfig(
        loop,
        InputConfig("rearm", table.line("rearm_line"), rearm, "down" if rearm else "up", 0.05),
        tuple(DoorId(name) for name in named),
    )
    table.finish()
    return found


def case_of(table: Table | None) -> CaseConfig:
    """Return what the unit's case and supply tell; raise ConfigurationError."""
    if table is None:
        return CaseConfig()
    mains = table.optional_line("mains_line")
    present_low = table.choice("mains_present", ("low", "high"), "low") == "low"
    found = CaseConfig(
        tamper=_closed(table, "tamper"),
        mains=optional_contact("mains", mains, present_low, SUPPLY_SECONDS),
    )
    table.finish()
    if found.tamper is None and found.mains is None:
        table.refuse("tamper_line", "a [case] needs a tamper_line, a mains_line or both")
    return found
