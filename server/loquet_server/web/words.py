"""The house's words for the closed vocabularies of contract and edge.

Each table maps a stored value to English; `locale/fr.po` has the French. Refusals have their
words in the contract, since a display beside a door shows them too.
"""

from typing import Final

from loquet_contract.access.reasons import WORDS, Reason
from loquet_server.web.action_words import ACTION, NOUN
from loquet_server.web.i18n import N_, Translations
from loquet_server.web.shown_words import MEANING

LEAF: Final = {
    "open": N_("Open"),
    "closed": N_("Closed"),
    "unknown": N_("Leaf unknown"),
    "unseen": N_("No contact fitted"),
}

LOCK: Final = {
    "locked": N_("Locked"),
    "released": N_("Released"),
    "fault": N_("Lock fault"),
    "unknown": N_("Lock unknown"),
}

MODE: Final = {
    "normal": N_("Badge needed"),
    "idle": N_("Badge needed"),
    "granted": N_("Access granted"),
    "grant": N_("Access granted"),
    "released": N_("Released"),
    "exit": N_("Somebody is leaving"),
    "command": N_("Released by a manager"),
    "schedule": N_("Unlocked by schedule"),
    "unlocked": N_("Unlocked by schedule"),
    "scheduled": N_("Unlocked by schedule"),
    "locked_down": N_("Locked down"),
    "lockdown": N_("Locked down"),
    "fire": N_("Fire: released until re-armed at the door"),
    "alarm": N_("Alarm"),
    "pre_alarm": N_("Leaf open for long"),
    "fault": N_("Lock fault"),
    "blocked": N_("Blocked"),
    "unknown": N_("Mode unknown"),
}

ALARM: Final = {
    "door_forced_open": N_("Opened without a release"),
    "forced": N_("Opened without a release"),
    "door_held_open": N_("Left open"),
    "held": N_("Left open"),
    "door_held_open_soon": N_("Open for long"),
    "exit_stuck": N_("Exit button stuck"),
    "lock_fault": N_("The lock does not follow"),
    "fire_alarm": N_("Fire alarm"),
    "fire": N_("Fire alarm"),
    "reader_lost": N_("A reader does not answer"),
    "credential_unproven": N_("A badge names our key and does not prove it"),
    "reader_tampered": N_("A reader was opened or taken off its wall"),
    "tamper_opened": N_("A case was opened"),
    "mains_lost": N_("The mains are gone: the unit lives on its battery"),
    "update_failed": N_("A unit went back to its release before"),
    "server_time_doubted": N_("A unit doubts the server's clock"),
    "broker_contested": N_("Another server uses our broker under our name"),
    "server_clock_wrong": N_("The server's clock is wrong"),
    "doorbell_rung": N_("Somebody rings"),
    "reader_power_failed": N_("A reader's supply fails"),
    "counter_lost": N_("People counter lost"),
    "policy_refused": N_("The unit refused a policy"),
    "command_refused": N_("The unit refused a command"),
    "message_refused": N_("The unit refused a message"),
    "storage_failed": N_("The unit could not write its journal"),
    "unit_stolen": N_("A unit was reported stolen"),
    "journal_gap": N_("The journal has a gap"),
    "journal_forked": N_("The journal forked"),
    "journal_lost": N_("Entries of the journal are lost"),
    "journal_damaged": N_("The unit repaired its journal"),
    "storage_short": N_("A unit's disk is nearly full"),
    "journal_replaced": N_("The unit has a new journal"),
    "broker_refused": N_("The broker turned somebody away"),
    "broker_overreach": N_("A unit overstepped its rights at the broker"),
    "forged_batch": N_("A batch was not signed by the unit"),
    "forged_state": N_("A state was not signed by the unit"),
    "foreign_message": N_("A message spoke for another unit"),
    "malformed_message": N_("A message could not be read"),
    "oversized_message": N_("A message was too large"),
    "unstorable_message": N_("A message could not be stored"),
    "fact_unreadable": N_("A fact could not be read"),
    "foreign_fact": N_("A fact spoke of what is not the unit's"),
    "help_asked": N_("Somebody asks to be let in"),
    "area_warning": N_("Nearly full"),
    "area_full": N_("Full"),
    "count_drift": N_("The count of people is far off: please count"),
    "unit_offline": N_("A unit is silent"),
    "unit_hot": N_("A unit is too hot"),
    "unit_supply_low": N_("A unit's supply voltage is too low"),
    "unit_disk_low": N_("A unit's card is nearly full"),
    "unit_backlog_grows": N_("A unit does not get rid of its facts"),
    "unit_clock_uncertain": N_("A unit has not known the time for an hour"),
    "unit_certificate_ends": N_("A unit's certificate ends soon"),
    "network_lost": N_("The network of the space is gone"),
    "notices_failed": N_("Notices do not get through"),
}

DESK: Final = {
    "free": N_("Free"),
    "occupied": N_("Occupied"),
    "away": N_("Away for a moment"),
    "reserved": N_("Reserved"),
    "unknown": N_("State unknown"),
}

DESK_SHORT: Final = {
    "free": N_("free"),
    "occupied": N_("taken"),
    "away": N_("away"),
    "reserved": N_("booked"),
    "unknown": N_("unknown"),
}
"""As it fits under a mark on a plan."""

DOOR: Final = {
    "closed": N_("Closed"),
    "open": N_("Open"),
    "released": N_("Released"),
    "locked_down": N_("Locked down"),
    "alarm": N_("Alarm"),
    "unknown": N_("State unknown"),
}
"""A door in one word."""

LEVEL: Final = {
    "ok": N_("room left"),
    "warn": N_("nearly full"),
    "full": N_("full"),
}

WISH: Final = {
    "asked": N_("asked, the door has not answered yet"),
    "confirmed": N_("confirmed by the door"),
    "silent": N_("its unit is connected but silent: go and look"),
    "offline": N_("its unit is offline: it obeys as soon as it is back"),
}

EVIDENCE: Final = {
    "badge": N_("badge at the desk"),
    "seat": N_("seat switch"),
    "presence": N_("presence radar"),
    "pir": N_("motion sensor"),
    "door": N_("the door has stayed closed"),
    "away": N_("did not come back in time"),
    "hold_ended": N_("nobody sensed for a while"),
    "silent": N_("the sensor is silent"),
    "stuck": N_("the sensor is stuck"),
    "started": N_("the unit has just started"),
    "unit_offline": N_("the unit is offline"),
}

OUTCOME: Final = {
    "granted": N_("Granted"),
    "taken": N_("Went in"),
    "not_taken": N_("Did not go in"),
    "denied": N_("Refused"),
}

KIND: Final = {
    "access_granted": N_("Access granted"),
    "access_denied": N_("Access refused"),
    "access_taken": N_("Went in"),
    "access_not_taken": N_("Did not go in"),
    "credential_presented": N_("Badge read to be handed out"),
    "door_released": N_("Door released"),
    "door_relocked": N_("Door locked again"),
    "door_opened": N_("Door opened"),
    "door_closed": N_("Door closed"),
    "door_forced_open": N_("Door opened without a release"),
    "door_held_open_soon": N_("Door open for long"),
    "door_held_open": N_("Door left open"),
    "exit_requested": N_("Exit requested"),
    "exit_stuck": N_("Exit button stuck"),
    "exit_stuck_ended": N_("Exit button works again"),
    "lock_fault": N_("Lock fault"),
    "lock_fault_ended": N_("Lock works again"),
    "locked_down": N_("Locked down"),
    "lockdown_lifted": N_("Lockdown lifted"),
    "fire_alarm": N_("Fire alarm"),
    "fire_loop_restored": N_("Fire loop closed again"),
    "fire_rearmed": N_("Re-armed on the spot"),
    "desk_occupied": N_("Desk occupied"),
    "desk_freed": N_("Desk freed"),
    "desk_unknown": N_("Desk state unknown"),
    "desk_away": N_("Away from a desk for a moment"),
    "desk_badged": N_("Badge shown at a desk"),
    "beam_crossed": N_("Somebody counted at a door"),
    "counter_lost": N_("People counter lost"),
    "counter_returned": N_("People counter is back"),
    "unit_started": N_("Unit started"),
    "unit_stopped": N_("Unit stopped"),
    "process_restarted": N_("Process restarted"),
    "door_proof_moved": N_("Proof of a door goes on"),
    "door_proven": N_("Door proven by an installer"),
    "unit_examined": N_("Unit looked at itself"),
    "reader_lost": N_("Reader lost"),
    "credential_encoded": N_("Card encoded at a reader"),
    "credential_unproven": N_("Badge without its key"),
    "reader_returned": N_("Reader is back"),
    "reader_tampered": N_("Reader opened or taken off"),
    "reader_tamper_ended": N_("Reader closed again"),
    "tamper_opened": N_("Case opened"),
    "tamper_closed": N_("Case closed again"),
    "mains_lost": N_("Mains lost"),
    "software_updated": N_("New release in use"),
    "update_failed": N_("Release not taken"),
    "mains_returned": N_("Mains back"),
    "doorbell_rung": N_("Doorbell rung"),
    "reader_power_failed": N_("Reader's supply fails"),
    "reader_power_returned": N_("Reader's supply is back"),
    "reader_key_window_opened": N_("A key may be set in a reader"),
    "reader_key_window_closed": N_("No key may be set any more"),
    "policy_applied": N_("Policy in force"),
    "policy_refused": N_("Policy refused"),
    "command_performed": N_("Command performed"),
    "command_refused": N_("Command refused"),
    "message_refused": N_("Message refused"),
    "clock_trusted": N_("Clock set"),
    "clock_untrusted": N_("Clock uncertain"),
    "server_time_doubted": N_("The server's time is doubted"),
    "server_time_settled": N_("The server's time is settled"),
    "journal_started": N_("Journal started"),
    "storage_failed": N_("Storage failed"),
    "storage_short": N_("Disk nearly full"),
    "storage_eased": N_("Room on the disk again"),
}

CAUSE: Final = {
    "grant": N_("badge accepted"),
    "exit": N_("exit"),
    "command": N_("released by a manager"),
    "schedule": N_("schedule"),
    "fire": N_("fire"),
    "unseen_exit": N_("free inside handle"),
    "forced": N_("without a release"),
    "found_open": N_("found open at the start"),
    "opened": N_("the leaf opened"),
    "closed": N_("the leaf closed"),
    "time": N_("end of the release"),
    "lockdown": N_("lockdown"),
    "rearm": N_("re-armed on the spot"),
    "exit_ended": N_("exit let go"),
}

READER: Final = {
    "well": N_("working"),
    "lost": N_("does not answer"),
}

BADGE: Final = {
    "valid": N_("valid"),
    "expired": N_("expired"),
    "future": N_("not yet valid"),
    "disabled": N_("disabled"),
    "suspended": N_("member suspended"),
    "empty": N_("no pass left"),
    "off_hours": N_("outside its hours"),
    "unknown": N_("not registered"),
}

GROUP: Final = {
    "access": N_("badges"),
    "alarms": N_("alarms"),
    "desks": N_("desks"),
    "doors": N_("doors"),
    "units": N_("units"),
}

ACTORS: Final = (N_("local operator"), N_("shell of the server"))
"""Whom the record names where nobody has to sign in."""
CHORES: Final = {
    "schedule": N_("the server, at its hours"),
    "retention": N_("the server, for storage periods"),
    "rule of no-shows": N_("rule of no-shows"),
}
"""Whom it names for what the server does by itself."""
TABLES: Final = {
    "action": ACTION,
    "noun": NOUN,
    "group": GROUP,
    "badge": BADGE,
    "leaf": LEAF,
    "lock": LOCK,
    "mode": MODE,
    "alarm": ALARM,
    "desk": DESK,
    "desk_short": DESK_SHORT,
    "door": DOOR,
    "level": LEVEL,
    "wish": WISH,
    "evidence": EVIDENCE,
    "outcome": OUTCOME,
    "kind": KIND,
    "cause": CAUSE,
    "reader": READER,
    "shown": {shown.value: meaning.title for shown, meaning in MEANING.items()},
    "shown_rhythm": {shown.value: meaning.rhythm for shown, meaning in MEANING.items()},
}


def actor(texts: Translations, name: str) -> str:
    """Return the name of whoever did something, as a page shows it."""
    return texts.gettext(CHORES.get(name, name)) if name in (*ACTORS, *CHORES) else name


def word(texts: Translations, table: str, value: str | None) -> str:
    """Return a value's word; a value of the future is shown as it is, never hidden."""
    if not value:
        return ""
    english = TABLES[table].get(value)
    return value.replace("_", " ") if english is None else texts.gettext(english)


def reason(language: str, value: str | None) -> str:
    """Return a refusal in the manager's words; one of the future is shown as it is."""
    if not value:
        return ""
    try:
        return WORDS[language][Reason(value)].manager
    except ValueError:
        return value.replace("_", " ")
