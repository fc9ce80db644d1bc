"""What the rungs of the ladder ask, and what to do when one fails."""

from typing import Final

from loquet_contract.access.reasons import Reason
from loquet_server.foresight.ladder import Rung
from loquet_server.web.i18n import N_

RUNGS: Final = {
    Rung.POLICY: N_("The door knows its rules"),
    Rung.KNOWN: N_("The badge is known"),
    Rung.ENABLED: N_("The badge is not disabled"),
    Rung.MEMBER: N_("The member is not suspended"),
    Rung.VALID: N_("Badge and member are valid on this day"),
    Rung.MEMBERSHIP: N_("The yearly membership is paid up"),
    Rung.ASSURANCE: N_("The badge is strong enough for this door"),
    Rung.RIGHT: N_("A plan that is running leads here"),
    Rung.FRESH: N_("The rules of the door are recent enough"),
    Rung.CLOCK: N_("The clock of the door can be relied on"),
    Rung.HOURS: N_("It is within the hours of the plan"),
    Rung.PASS: N_("The day is paid for, or a pass is left"),
    Rung.INSIDE: N_("The member is not inside already"),
    Rung.ROOM: N_("There is room"),
    Rung.DOOR: N_("The door is not blocked"),
    Rung.LOCKDOWN: N_("No lockdown is in force"),
    Rung.PIN: N_("The PIN was typed, where the door asks for it"),
}

PLAN: Final = "plan"
MEMBER: Final = "member"
BADGE: Final = "badge"
DOOR: Final = "door"
UNITS: Final = "units"
LIVE: Final = "live"
HOURS: Final = "hours"
WHEN: Final = "when"
BADGES: Final = "badges"
PIN: Final = "pin"
_DRAW: Final = N_("Draw a new PIN for this member")
_ASKS: Final = N_("See what the door asks for")

ADVICE: Final[dict[Reason, tuple[tuple[str, str], ...]]] = {
    Reason.NO_POLICY: ((N_("See what each door enforces"), UNITS),),
    Reason.CREDENTIAL_UNKNOWN: ((N_("Give this badge to a member"), BADGES),),
    Reason.CREDENTIAL_DISABLED: (
        (N_("Hand out another badge"), BADGE),
        (N_("See this member's badges"), MEMBER),
    ),
    Reason.MEMBER_SUSPENDED: ((N_("Restore this member"), MEMBER),),
    Reason.MEMBERSHIP_ENDED: ((N_("Renew the membership"), MEMBER),),
    Reason.CREDENTIAL_NOT_YET_VALID: ((N_("See this member's plans"), PLAN),),
    Reason.CREDENTIAL_EXPIRED: ((N_("Extend the plan, or give another"), PLAN),),
    Reason.ASSURANCE_TOO_LOW: (
        (N_("Hand out another badge"), BADGE),
        (_ASKS, DOOR),
    ),
    Reason.UNAUTHORIZED: ((N_("Give a plan that leads here"), PLAN),),
    Reason.POLICY_EXPIRED: ((N_("See what each door enforces"), UNITS),),
    Reason.CLOCK_UNTRUSTED: (
        (N_("See what each door enforces"), UNITS),
        (N_("Choose what this door does without a clock"), DOOR),
    ),
    Reason.NOT_PERMITTED_NOW: (
        (N_("See when this member may enter what"), WHEN),
        (N_("See the opening hours"), HOURS),
        (N_("Give another plan"), PLAN),
    ),
    Reason.NO_PASS_LEFT: ((N_("Sell passes, or give a pass back"), PLAN),),
    Reason.ALREADY_INSIDE: ((N_("Choose what this door does when somebody is inside"), DOOR),),
    Reason.AREA_FULL: ((N_("Choose how many people the area holds"), DOOR),),
    Reason.DOOR_BLOCKED: ((N_("Unblock the door"), DOOR),),
    Reason.LOCKED_DOWN: ((N_("Lift the lockdown"), LIVE),),
    Reason.PIN_MISSING: ((_DRAW, PIN), (_ASKS, DOOR)),
    Reason.PIN_BLOCKED: ((_DRAW, PIN),),
    Reason.PIN_EXPECTED: ((_DRAW, PIN), (_ASKS, DOOR)),
    Reason.PIN_WRONG: ((_DRAW, PIN),),
}
