"""The closed words of proofs and looks, as pages say them."""

from typing import Final

from loquet_server.web.i18n import N_

NOT_EXAMINED: Final = N_("not looked at yet")
LOCKED: Final = N_("locked")
FREE: Final = N_("free to open")

ACT: Final = {
    "leaf_closed": N_("Door closed"),
    "lock_rests": N_("Locked at rest"),
    "lock_moved": N_("Lock lets go when released"),
    "lock_unpowered": N_("Lock without power"),
    "inside_handle": N_("Inside handle opens"),
    "mechanical_key": N_("Mechanical key opens"),
    "leaf_opened": N_("Door opened"),
    "leaf_closed_again": N_("Door closed again"),
    "exit_pressed": N_("Exit pressed"),
    "exit_let_go": N_("Exit let go"),
    "exit_releases": N_("Exit lets out"),
    "fire_cut": N_("Fire loop cut"),
    "fire_restored": N_("Fire loop closed"),
    "rearmed": N_("Re-armed"),
    "tamper_opened": N_("Cover opened"),
    "tamper_closed": N_("Cover closed"),
    "doorbell_pressed": N_("Doorbell rung"),
    "badge_held": N_("Badge read"),
    "signals_shown": N_("Lights and buzzer"),
}
ASK: Final = {
    "leaf_closed": N_("Close the door."),
    "lock_rests": N_("The lock is at rest now. Pull the closed door: is it locked?"),
    "lock_moved": N_("The lock is released for a few seconds now. Could you open the door?"),
    "lock_unpowered": N_("Take the power from the lock. Is the closed door %(state)s then?"),
    "inside_handle": N_("Give the power back. Does the inside handle open the locked door?"),
    "mechanical_key": N_("Does the mechanical key open the locked door from outside?"),
    "leaf_opened": N_("Open the door: the lock is released for a few seconds."),
    "leaf_closed_again": N_("Close the door again."),
    "exit_pressed": N_("Press the exit, and hold it."),
    "exit_let_go": N_("Let go of the exit."),
    "exit_releases": N_("Did the door open while the exit was pressed?"),
    "fire_cut": N_("Cut the fire loop, or have the panel raise its alarm."),
    "fire_restored": N_("Mend the fire loop."),
    "rearmed": N_("Press the button that re-arms."),
    "tamper_opened": N_("Open the cover that the tamper contact watches."),
    "tamper_closed": N_("Close the cover again."),
    "doorbell_pressed": N_("Ring the doorbell."),
    "badge_held": N_("Hold a badge to the reader %(reader)s."),
    "signals_shown": N_("The lights and the buzzer are on now. Did you see and hear all of them?"),
}
ACT_ADVICE: Final = {
    "lock_rests": N_(
        "The polarity is wrong (lock_active in unit.toml), or the lock is of the other kind (fail)."
    ),
    "lock_moved": N_(
        "Look at the relay's supply and contacts (NO for a strike, NC for a maglock), then at"
        " lock_active."
    ),
    "lock_unpowered": N_("The lock is of the other kind: say so with fail in unit.toml."),
    "inside_handle": N_("A door must always open from inside: mend this before anything else."),
    "mechanical_key": N_("A door without a key cannot be opened when everything is down."),
    "exit_releases": N_("Wire the exit button into the lock's supply too: exits are hard wiring."),
}
VERDICT: Final = {
    "seen": N_("seen on the line"),
    "confirmed": N_("confirmed"),
    "failed": N_("failed"),
    "skipped": N_("skipped"),
}
FAILURE: Final = {
    "nothing_seen": N_("The line has not moved: look at the wire, its ground and its header pin."),
    "already_so": N_(
        "The line had that level from the start: it is inverted, cut or short-circuited."
    ),
    "person_said_no": N_("You said no."),
    "stopped": N_("It was stopped before its end, and proves nothing."),
}
WORD: Final = {
    "yes": N_("Yes"),
    "no": N_("No"),
    "again": N_("Try again"),
    "next": N_("Go on, it failed"),
    "skip": N_("Skip"),
}
EXAM_VERDICT: Final = {
    "ok": N_("good"),
    "warn": N_("to watch"),
    "bad": N_("wrong"),
    "not_wired": N_("not wired"),
    "unknown": N_("not looked at"),
}
EXAM: Final = {
    "configuration": N_("Configuration"),
    "folder": N_("Folder"),
    "rights": N_("File rights"),
    "identity": N_("Identity"),
    "policy": N_("Access rules"),
    "clock": N_("Clock"),
    "rtc": N_("Clock that keeps the time without power"),
    "broker": N_("Message server (broker)"),
    "server": N_("Server"),
    "lock_lines": N_("Lock lines at reset"),
    "proof": N_("Installer's proof"),
    "exit": N_("Way out"),
    "advice": N_("Advice"),
    "board": N_("Board"),
    "reader": N_("Reader"),
    "bus": N_("Bus"),
    "lines": N_("Lines"),
    "input": N_("Input"),
    "lock": N_("Lock"),
    "temperature": N_("Temperature"),
    "voltage": N_("Supply voltage"),
    "disk": N_("Free disk"),
    "writable": N_("Disk can be written"),
    "wear": N_("Wear of the card"),
    "watchdog": N_("Watchdog"),
    "strict_gpiod": N_("Lines when a process ends"),
    "pulse": N_("Release for a moment"),
}
MEASURED: Final = {
    "idle": N_("idle"),
    "active": N_("active"),
    "well": N_("good"),
    "lost": N_("lost"),
    "none": N_("none"),
    "never proven": N_("never proven"),
    "its wires changed since": N_("wires changed since the last proof"),
    "its lock is not confirmed: no process drives it": N_(
        "Its lock is not confirmed: no process drives it."
    ),
    "nothing tells it here": N_("nothing tells it here"),
    "too low now": N_("too low now"),
    "was too low since the start": N_("was too low since the start"),
    "never too low since the start": N_("never too low since the start"),
    "trusted by configuration": N_("trusted by configuration"),
    "synchronised": N_("synchronised"),
    "nobody feeds it": N_("nobody feeds it"),
}
"""What units say of a measurement in words of their own; what else they say is shown as it is."""
EXAM_ADVICE: Final = {
    "rights": N_("Enrol as the user of the services, or give the files to that user."),
    "identity": N_("Enrol the unit again with a new code."),
    "policy": N_("It comes with the link: look at the network and at the server."),
    "clock": N_("Let the unit reach a time server; until then doors follow their clock rule."),
    "rtc": N_("Add a clock module or the battery of a Pi 5, so that a power cut does not matter."),
    "lock_lines": N_("Choose another line for this lock: see hardware/pinout.toml."),
    "proof": N_("Commission the door, on this page or with loquet-edge commission."),
    "exit": N_("Put the way out right before anything else."),
    "board": N_("Is the user in the group gpio, and is this a Raspberry Pi?"),
    "reader": N_("Look at the reader's cable and supply."),
    "bus": N_("Enable the bus in config.txt, then start the unit's computer again."),
    "lines": N_("Another program holds this line: stop it."),
    "temperature": N_("Give the case air, or move it away from the heat."),
    "voltage": N_("The supply is too weak, or its cable too thin: take the one for this Pi."),
    "disk": N_("Make room: the journal needs some."),
    "writable": N_("The card is damaged or full of errors: replace it soon."),
    "wear": N_("The card is near the end of its life: replace it soon."),
    "watchdog": N_("Enable the watchdog, so that a hanging computer starts again."),
    "strict_gpiod": N_("Set it as firmware_config says: a lock must not stay as it was."),
}
