"""What a door's lights and sounds mean, in words for whoever stands there."""

from dataclasses import dataclass
from typing import Final

from loquet_contract.feedback import Shown
from loquet_server.web.i18n import N_


@dataclass(frozen=True, slots=True)
class Meaning:
    """``title``: what it says; ``rhythm``: how it looks and sounds; ``advice``: what to do."""

    title: str
    rhythm: str
    advice: str = ""


MEANING: Final[dict[Shown, Meaning]] = {
    Shown.GRANTED: Meaning(
        N_("Come in"), N_("Steady light, one short sound"), N_("Open the door now.")
    ),
    Shown.GRANTED_EXTENDED: Meaning(
        N_("Come in, take your time"),
        N_("Steady light that winks twice, two short sounds"),
        N_("The door stays unlocked for longer."),
    ),
    Shown.HEARD: Meaning(
        N_("Your badge was read"),
        N_("Two short flashes and sounds"),
        N_("The badge was noted; no door opens."),
    ),
    Shown.BELL: Meaning(
        N_("The bell was heard"),
        N_("One middling and one long light, as ding-dong"),
        N_("The hosts are told. Please wait a moment."),
    ),
    Shown.REFUSED: Meaning(N_("Not with this badge"), N_("Three short flashes and sounds")),
    Shown.NOT_NOW: Meaning(N_("Not now"), N_("One short, one long flash and sound")),
    Shown.NO_PASS: Meaning(N_("No pass left"), N_("Two short, one long flash and sound")),
    Shown.NOT_READY: Meaning(
        N_("The door cannot work at the moment"), N_("Four short flashes and sounds, slowly")
    ),
    Shown.SUSPENDED: Meaning(
        N_("Access is suspended for safety"), N_("One short, two long flashes and sounds")
    ),
    Shown.IDLE: Meaning(
        N_("Ready"), N_("No light, no sound"), N_("Hold your badge to the reader.")
    ),
    Shown.RELEASED: Meaning(
        N_("The door is unlocked"), N_("Steady light"), N_("Open the door now.")
    ),
    Shown.UNLOCKED: Meaning(
        N_("The door is open to all"),
        N_("Steady light that winks every three seconds"),
        N_("Walk in; hold your badge to the reader all the same."),
    ),
    Shown.WAITING_PIN: Meaning(
        N_("Type your PIN"),
        N_("Calm blinking, half a second on, half a second off"),
        N_("Type your PIN on the keypad, then #."),
    ),
    Shown.ENROLLING: Meaning(
        N_("A new badge is awaited"),
        N_("Lively blinking"),
        N_("The next badge is read to be handed out; it opens nothing."),
    ),
    Shown.FAULT: Meaning(
        N_("Something is wrong with the door"),
        N_("Two short flashes every two seconds"),
        N_("Use another entrance, or call."),
    ),
    Shown.LOCKED_DOWN: Meaning(
        N_("Locked down"),
        N_("Light that goes out briefly every two seconds"),
        N_("You can always leave. Nobody comes in until it is lifted."),
    ),
    Shown.PRE_ALARM: Meaning(
        N_("Please close the door"),
        N_("One short flash and sound every second"),
        N_("It has been open for long; an alarm follows."),
    ),
    Shown.ALARM: Meaning(
        N_("Alarm"), N_("Hurried blinking with sound"), N_("Close the door, or call.")
    ),
    Shown.FIRE: Meaning(
        N_("Fire alarm: leave the building"),
        N_("Long flashes with sound"),
        N_("The door is unlocked. Do not come in."),
    ),
}
