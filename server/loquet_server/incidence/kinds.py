"""Every kind of incident: how grave it is, what has happened and what to do, in plain words.

Its title stands in ``web.words.ALARM``. A kind that is not here is taken for a warning.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from loquet_server.days import DAY_MS, HOUR_MS
from loquet_server.web.i18n import N_


class Severity(StrEnum):
    """How soon somebody should know; the gravest last."""

    INFO = "info"
    """In the daily summary is soon enough."""
    WARNING = "warning"
    """Today, but not at night."""
    URGENT = "urgent"
    """Now."""


GRAVITY: Final = {each: rank for rank, each in enumerate(Severity)}


@dataclass(frozen=True, slots=True)
class Kind:
    """``happened``: what it means; ``advice``: what to do."""

    severity: Severity
    happened: str
    advice: str
    quiet_ms: int | None = None
    """It has no end of its own: when it was not seen for so long, it is over."""
    reopens: bool = True
    """What comes again a short while after is the same; else each time is news."""
    told: bool = True
    """People are sent notices of it."""
    mutable: bool = True
    """Notices of it may be switched off for a while."""


_URGENT, _WARNING, _INFO = Severity.URGENT, Severity.WARNING, Severity.INFO
_LOOK: Final = N_("Look at the unit's page, and at its cables and supply.")
_STRANGER: Final = N_(
    "If nobody has worked on the network or the unit, somebody else has: have the unit examined,"
    " and report it stolen if it is gone."
)
_PROGRAM: Final = N_(
    "Units refuse what is old, altered or not meant for them. If it comes again, update the unit"
    " and the server to the same version."
)

KINDS: Final[dict[str, Kind]] = {
    "fire_alarm": Kind(
        _URGENT,
        N_("The fire line is open: the doors are released until somebody re-arms on the spot."),
        N_("Evacuate, and open the evacuation list. A cut cable looks the same."),
        mutable=False,
    ),
    "update_failed": Kind(
        _WARNING,
        N_("A release did not work on this unit, which went back to the one before it by itself."),
        N_("Read why on the page of updates. No other unit begins with it meanwhile."),
        quiet_ms=30 * DAY_MS,
    ),
    "server_time_doubted": Kind(
        _WARNING,
        N_(
            "This server told a unit a time more than a month ahead of what the unit itself knows."
            " The unit waits until another clock agrees, or the server says the same for a day."
        ),
        N_(
            "Compare this server's clock with a good one, and put it right: units follow by"
            " themselves. If it is right, look at the time server that the unit reaches."
        ),
    ),
    "server_clock_wrong": Kind(
        _WARNING,
        N_(
            "This server does not believe its machine's clock, and reckons the time by itself."
            " Doors, orders and blocked badges work as always; nothing is erased by its age."
        ),
        N_(
            "Set the machine's clock right (a time server, or a new battery): this ends by itself"
            " within a minute. If the clock is right, say so: loquet-server clock --is-right"
        ),
    ),
    "door_forced_open": Kind(
        _URGENT,
        N_("The leaf opened although nothing had released the door."),
        N_("Look, or have somebody look. If it happens often, check the contact and the strike."),
    ),
    "door_held_open": Kind(
        _WARNING,
        N_("The leaf has stood open for too long."),
        N_("Close it. It is over as soon as the door is closed."),
    ),
    "exit_stuck": Kind(
        _URGENT,
        N_("The exit button has been pressed for so long that it is probably stuck."),
        N_("The door may stand released: free the button, or check its cable."),
    ),
    "lock_fault": Kind(
        _URGENT,
        N_("The lock does not do what the unit orders."),
        N_("Try the door by hand, and keep a key at hand. Check the lock and its supply."),
    ),
    "reader_lost": Kind(
        _WARNING,
        N_("A reader has not answered for a while: nobody can badge there."),
        N_("Check the reader's cable. Open the door from the live page if somebody waits."),
    ),
    "credential_unproven": Kind(
        _WARNING,
        N_("A badge names one of our keys and could not prove that it has it."),
        N_("It may be a copy, or a card that was badly written: write it anew or block it."),
        quiet_ms=DAY_MS,
    ),
    "reader_tampered": Kind(
        _URGENT,
        N_("A reader says that it was opened or taken off its wall."),
        N_("Look at the reader before anybody badges there again."),
    ),
    "tamper_opened": Kind(
        _URGENT,
        N_("The case of a unit was opened."),
        N_("If nobody works on it, look at once. If the unit is gone, report it stolen."),
    ),
    "mains_lost": Kind(
        _WARNING,
        N_("The unit lives on its battery since the mains are gone."),
        N_("Check the fuse. Doors that need current will follow when the battery is empty."),
    ),
    "doorbell_rung": Kind(
        _INFO,
        N_("Somebody rings at the door."),
        N_("Look who it is, and open from the live page."),
        quiet_ms=HOUR_MS, reopens=False, told=False,
    ),
    "reader_power_failed": Kind(
        _WARNING,
        N_("A reader says that its supply fails."),
        N_("Check the cable and the power supply before the reader goes silent."),
    ),
    "counter_lost": Kind(
        _INFO,
        N_("The beams that count people at a door do not answer."),
        N_("Check their cable; counts are unsure meanwhile."),
    ),
    "policy_refused": Kind(
        _WARNING,
        N_("A unit refused its new rights: it goes on with those that it had."),
        _PROGRAM,
    ),
    "command_refused": Kind(
        _WARNING, N_("A unit refused a command."), _PROGRAM, quiet_ms=DAY_MS,
    ),
    "message_refused": Kind(
        _WARNING, N_("A unit refused a message."), _PROGRAM, quiet_ms=DAY_MS,
    ),
    "storage_failed": Kind(
        _URGENT,
        N_("The unit could not write down what happened: its card is full or worn out."),
        N_("Doors go on working. Replace the unit's SD card soon."),
    ),
    "journal_gap": Kind(
        _WARNING,
        N_("Entries of a unit's journal are missing; the unit was asked to send them again."),
        N_("Usually it mends itself within minutes. If not, the unit has lost them."),
    ),
    "journal_forked": Kind(
        _URGENT,
        N_("A unit tells another story than before under the same numbers."),
        N_("Its card was copied or set back, or somebody else speaks with its key: examine it."),
    ),
    "journal_replaced": Kind(
        _WARNING,
        N_("A unit began a new journal without naming the one before."),
        N_("After a new SD card this is right: note it and close. Else examine the unit."),
    ),
    "broker_refused": Kind(
        _WARNING,
        N_("Somebody came to the broker without a good certificate or password. Nobody got in."),
        N_(
            "A unit that was shut out, or whose certificate has ended, looks the same: compare"
            " with the page of units. If none is missing, a stranger has found the port."
        ),
        quiet_ms=HOUR_MS,
    ),
    "broker_contested": Kind(
        _URGENT,
        N_(
            "Another server uses this broker under our name: the two take units' facts from each"
            " other. Doors go on working, and units keep what nobody has confirmed."
        ),
        N_(
            "Stop one of the two, such as a copy of this machine or a backup that was restored"
            " beside it; or give the copy a broker of its own. It is over two minutes later."
        ),
    ),
    "broker_overreach": Kind(
        _URGENT,
        N_("A unit tried to speak or to listen where it has no right. It was not let."),
        _STRANGER,
        quiet_ms=DAY_MS,
    ),
    "forged_batch": Kind(
        _URGENT,
        N_("Facts came in the name of a unit and were not signed by its key. None was believed."),
        _STRANGER,
    ),
    "forged_state": Kind(
        _URGENT,
        N_("A state came in the name of a unit and was not signed by its key. It does not count."),
        _STRANGER,
    ),
    "foreign_message": Kind(
        _WARNING,
        N_("A message came from a unit that is not known here, or that says it is another."),
        _STRANGER,
    ),
    "malformed_message": Kind(
        _INFO, N_("A message could not be read; it is kept aside."), _PROGRAM, quiet_ms=DAY_MS,
    ),
    "oversized_message": Kind(
        _INFO, N_("A message was larger than allowed; its beginning is kept aside."), _PROGRAM,
        quiet_ms=DAY_MS,
    ),
    "unstorable_message": Kind(
        _WARNING, N_("The database refused a message; it is kept aside."), _PROGRAM,
        quiet_ms=DAY_MS,
    ),
    "fact_unreadable": Kind(
        _WARNING, N_("An entry of a unit's journal could not be understood; it is kept as it is."),
        _PROGRAM, quiet_ms=DAY_MS,
    ),
    "foreign_fact": Kind(
        _WARNING,
        N_("A unit told of a door or a desk that is not its own. It changed nothing."),
        N_("If doors were moved between units, it passes. Else look at the unit's settings."),
        quiet_ms=DAY_MS,
    ),
    "help_asked": Kind(
        _WARNING,
        N_("A member without a badge asks to be let in."),
        N_("Answer on the page of those who wait: the wish is over after ten minutes."),
    ),
    "area_warning": Kind(
        _INFO, N_("An area is nearly full."), N_("Nothing, unless more are expected."), told=False,
    ),
    "area_full": Kind(
        _INFO, N_("As many people as allowed are in an area."), N_("Send whoever comes elsewhere."),
        told=False,
    ),
    "count_drift": Kind(
        _INFO, N_("What the count of people says at closing is often far from nobody."),
        N_("Count once by hand, and look at how people leave that area."),
    ),
    "unit_offline": Kind(
        _WARNING,
        N_("The server has not heard of a unit for a while. Its doors go on working."),
        _LOOK,
    ),
    "unit_hot": Kind(
        _WARNING, N_("A unit is at 80 degrees or more, and slows itself down."),
        N_("Give its case air, or move it away from heat."),
    ),
    "unit_supply_low": Kind(
        _WARNING, N_("A unit's supply voltage is too low: its card may be damaged."),
        N_("Use the supply made for it, and a short thick cable."),
    ),
    "unit_disk_low": Kind(
        _WARNING, N_("Less than 100 MB are left on a unit's card: its journal needs some."),
        N_("Ask for its log on the unit's page, and have somebody make room."),
    ),
    "unit_backlog_grows": Kind(
        _WARNING, N_("What a unit has still to send has only grown for ten minutes."),
        N_("Nothing is lost. Restart it from its page; if it goes on, ask for its log."),
    ),
    "unit_clock_uncertain": Kind(
        _WARNING, N_("A unit has not known for an hour whether its clock is right."),
        N_("It reaches no time server: look at its network. Opening hours may not count there."),
    ),
    "unit_certificate_ends": Kind(
        _WARNING, N_("A unit's certificate ends within a week, and did not renew by itself."),
        N_("See that the unit is connected. If it does not help, adopt it again."),
    ),
    "unit_stolen": Kind(
        _URGENT, N_("A unit was reported stolen. It was shut out, and secrets are replaced."),
        N_("Follow the list of its report: the door first, then PINs and cards."),
        quiet_ms=None, reopens=False, mutable=False,
    ),
    "journal_lost": Kind(
        _WARNING,
        N_("Entries of a unit's journal are lost for good: the unit keeps them no more."),
        N_("Note which days it was. What is lost cannot be told from anything else."),
    ),
    "journal_damaged": Kind(
        _WARNING,
        N_("A unit found its journal damaged, and repaired it to the last entry that is proven."),
        N_("Usually a power cut. If it comes again, replace the SD card."),
    ),
    "storage_short": Kind(
        _WARNING,
        N_("A unit has so little room left that it keeps only what must be kept."),
        N_("Connect it, so that it can send what it keeps; then look at its card."),
    ),
    "network_lost": Kind(
        _URGENT,
        N_("Most units of the space have fallen silent at once. Their doors go on working."),
        N_("Look at the router and the power first: it is one trouble, not many."),
    ),
    "notices_failed": Kind(
        _WARNING,
        N_("Notices to somebody do not get through."),
        N_("Look at that person's ways on the page of notices, and try them."),
        told=False,
    ),
}  # fmt: skip

UNKNOWN: Final = Kind(_WARNING, "", "")


def kind_of(kind: str) -> Kind:
    """Return what is known of a kind."""
    return KINDS.get(kind, UNKNOWN)
