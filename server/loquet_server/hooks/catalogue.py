"""What programs can be told of: each event with an example of its data.

Closed, and only ever added to. The example's keys are all that an event may carry: ids and
names of doors, areas, desks and units, counts and instants. Nobody's name, mail or number, and
no id of a member, can be among them; ``data_of`` leaves out whatever is not.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from loquet_server.web.i18n import N_

_DOOR: Final = {"site": "maison", "door": "front", "unit": "hall"}
_AREA: Final = {"site": "maison", "area": "salle"}
_UNIT: Final = {"site": "maison", "unit": "hall"}
_INCIDENT: Final = {
    "site": "maison",
    "kind": "exit_stuck",
    "unit": "hall",
    "subject": "front",
}
_BOOKING: Final = {
    "site": "maison",
    "booking": "b7c1f0",
    "resource": "salle-verte",
    "kind": "room",
    "starts": "2026-03-02T08:30:00Z",
    "ends": "2026-03-02T10:00:00Z",
}
_LOCKDOWN: Final = {"site": "maison", "door": "front", "lockdown": "5f0c2b"}


@dataclass(frozen=True, slots=True)
class Event:
    """``about``: the heading under which it is offered; ``text``: when it is told."""

    about: str
    text: str
    example: Mapping[str, Any]


DOORS: Final = N_("Doors")
UNITS: Final = N_("Units")
ROOM: Final = N_("Areas and desks")
BOOKINGS: Final = N_("Bookings")
SERVER: Final = N_("Server")

TEST: Final = "hook.test"
"""Sent by the button alone; nobody subscribes to it."""

EVENTS: Final[dict[str, Event]] = {
    "door.forced_open": Event(DOORS, N_("A door was opened without a release."), _DOOR),
    "door.held_open": Event(DOORS, N_("A door stands open for too long."), _DOOR),
    "door.alarm_ended": Event(DOORS, N_("A door that was forced or held open is closed."), _DOOR),
    "door.rang": Event(DOORS, N_("Somebody rings at a door."), _DOOR),
    "lockdown.begun": Event(DOORS, N_("A door was locked down."), _LOCKDOWN),
    "lockdown.lifted": Event(DOORS, N_("A door's lockdown was lifted."), _LOCKDOWN),
    "unit.online": Event(UNITS, N_("A unit is connected."), _UNIT),
    "unit.offline": Event(UNITS, N_("A unit is no longer connected."), _UNIT),
    "incident.opened": Event(UNITS, N_("Something wants somebody's attention."), _INCIDENT),
    "incident.ended": Event(UNITS, N_("What wanted attention is over."), _INCIDENT),
    "area.warning": Event(ROOM, N_("An area is nearly full."), _AREA),
    "area.full": Event(ROOM, N_("An area is full."), _AREA),
    "desk.changed": Event(
        ROOM,
        N_("A desk became free, occupied, away or unknown; not desks assigned to one person."),
        {**_AREA, "desk": "d1", "state": "occupied", "since": "2026-03-02T08:31:07Z"},
    ),
    "booking.made": Event(BOOKINGS, N_("Something was booked; not by whom."), _BOOKING),
    "booking.cancelled": Event(BOOKINGS, N_("A booking was cancelled."), _BOOKING),
    "booking.no_show": Event(BOOKINGS, N_("Nobody came to a booking."), _BOOKING),
    "import.applied": Event(
        SERVER,
        N_("Members were imported; only how many."),
        {"site": "maison", "import": "i3f2", "rows": 42},
    ),
    TEST: Event(SERVER, N_("The test button was pressed."), {"site": "maison"}),
}

CHOICES: Final = tuple(kind for kind in EVENTS if kind != TEST)
"""What can be subscribed to."""

OF_INCIDENT: Final[Mapping[str, str]] = {
    "door_forced_open": "door.forced_open",
    "door_held_open": "door.held_open",
    "doorbell_rung": "door.rang",
    "area_warning": "area.warning",
    "area_full": "area.full",
}
"""Incidents that have an event of their own as well."""
LEAF_ALARMS: Final = ("door_forced_open", "door_held_open")


def data_of(kind: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return what an event of this kind may say, in the order of its example; KeyError."""
    return {name: given[name] for name in EVENTS[kind].example if given.get(name) is not None}
