"""Kinds of data, logs and tables in plain words."""

from typing import Final

from loquet_server.web.i18n import N_

KIND: Final = {
    "passages": (
        N_("Named passages"),
        N_("Who came to which door, when, and what the door answered."),
    ),
    "journal": (
        N_("What units wrote down"),
        N_("The content of each fact. A fingerprint stays, which proves that none is missing."),
    ),
    "unknown_badges": (
        N_("Badges that nobody knows"),
        N_("The sealed number of an unknown badge, so that it can be given to somebody."),
    ),
    "bookings": (
        N_("Bookings"),
        N_("Who booked what, after its end. How often a desk was booked stays, without names."),
    ),
    "guests": (
        N_("Guests"),
        N_("Name, mail and times of a guest, after the last visit."),
    ),
    "help_requests": (
        N_("Requests to be let in"),
        N_("A member had forgotten the badge and asked for help."),
    ),
    "member_sign_ins": (
        N_("Members' devices"),
        N_("A device on which a member is signed in, after it was last used."),
    ),
    "former_members": (
        N_("Former members"),
        N_("Name, contact and badges, after a member was archived."),
    ),
    "pass_moments": (
        N_("Hour and door of used passes"),
        N_("After that, a used pass says member and date alone."),
    ),
    "evidence": (
        N_("Accounting evidence"),
        N_("Memberships, plans, passes bought and used by date. French law asks for ten years."),
    ),
    "audit": (
        N_("Record of changes"),
        N_("What operators changed, and why; lockdowns."),
    ),
    "looks": (
        N_("Who looked at whom"),
        N_("Each look at a log that names members; the member concerned can read it."),
    ),
    "operator_sign_ins": (
        N_("Operators' sign-ins"),
        N_("Sessions after their last use, links, revoked keys. Failed attempts go after a day."),
    ),
    "incidents": (
        N_("Alarms that are over"),
        N_("Doors held open, units that were silent."),
    ),
    "dead_letters": (
        N_("Unreadable messages"),
        N_("What a unit sent that could not be read."),
    ),
    "imports": (
        N_("Imports of members"),
        N_("What an import changed. After that it cannot be undone."),
    ),
    "deliveries": (
        N_("Messages to other programs"),
        N_("What was sent to the addresses that you chose."),
    ),
    "policies": (
        N_("Earlier rights at the doors"),
        N_("What units were told, kept to explain a refusal of then."),
    ),
}
"""Each kind of ``privacy.kinds``: its name, and what it is."""
GROUPS: Final = (
    (N_("At the doors"), ("passages", "journal", "unknown_badges", "policies", "incidents")),
    (
        N_("People"),
        ("former_members", "guests", "bookings", "help_requests", "member_sign_ins"),
    ),
    (N_("Accounts"), ("pass_moments", "evidence")),
    (N_("Who did what"), ("audit", "looks", "operator_sign_ins", "imports")),
    (N_("Machines"), ("dead_letters", "deliveries")),
)
"""The form's groups."""
LOG: Final = {
    "journal": N_("in the journal"),
    "refusals": N_("in the list of refusals"),
    "evacuation": N_("in the evacuation list"),
    "export": N_("in an export"),
    "explain": N_("in the explanation of a refusal"),
    "data": N_("on the page of their data"),
    "live": N_("in the live view"),
}
TABLE: Final = {
    "holders": (N_("Who you are"), N_("Your name, how to reach you, and what operators noted.")),
    "credentials": (
        N_("Badges"),
        N_("The number itself is sealed: all that is shown of it are its last four digits."),
    ),
    "memberships": (N_("Yearly memberships"), N_("Kept as accounting evidence.")),
    "subscriptions": (N_("Plans"), N_("Kept as accounting evidence.")),
    "pass_accounts": (N_("Pass accounts"), N_("Where your passes are counted.")),
    "pass_uses": (N_("Used passes"), N_("By date; hour and door are forgotten after a while.")),
    "passages": (N_("Passages"), N_("What doors answered to your badge, and when.")),
    "extra_windows": (N_("Visits and events"), N_("Times at which you may enter an area.")),
    "bookings": (N_("Bookings"), N_("What you booked, and whether you came.")),
    "booking_participants": (N_("Bookings of others"), N_("To which you were invited.")),
    "booking_feeds": (N_("Calendar addresses"), N_("By which your calendar reads your bookings.")),
    "member_links": (N_("Personal links"), N_("By which you reach your own pages.")),
    "member_sessions": (N_("Your devices"), N_("On which you are signed in.")),
    "member_codes": (N_("Codes"), N_("That you asked for by mail.")),
    "help_requests": (N_("Requests to be let in"), N_("When you had no badge with you.")),
    "here_today": (N_("Who is here today"), N_("Because you chose to be shown; gone at night.")),
    "desks": (N_("Your desk"), N_("The desk that is assigned to you.")),
    "badge_enrolments": (N_("Badges being added"), N_("A reader waited for your badge.")),
    "looks": (N_("Who looked"), N_("Each look of an operator at a log in which you stand.")),
}
"""Each table that names people: what it is called, and what it is."""
FIELD: Final = {
    "name": N_("Name"), "kind": N_("Kind"), "mail": N_("Mail"), "phone": N_("Telephone"),
    "language": N_("Language"), "note": N_("Note"), "created_at": N_("written on"),
    "starts_on": N_("from"), "ends_on": N_("until"), "paid_on": N_("paid on"),
    "price": N_("price"), "plan": N_("Plan"), "day": N_("Day"), "at": N_("when"),
    "door": N_("Door"), "outcome": N_("outcome"), "reason": N_("Reason"), "unit": N_("Unit"),
    "starts_at": N_("from"), "ends_at": N_("until"), "area": N_("Area"), "last4": N_("Last 4"),
    "label": N_("label"), "status": N_("State"), "state": N_("State"), "actor": N_("Who"),
    "what": N_("Where"), "times": N_("times"), "last_at": N_("when"),
    "handed_out_at": N_("handed out on"), "title": N_("title"), "seen_at": N_("last used"),
    "browser": N_("browser"), "used_at": N_("last used"), "suspended": N_("Suspended"),
    "resource": N_("of what"), "checked_in_at": N_("came at"), "doing": N_("what I do"),
    "deposit_cents": N_("deposit (cents)"), "words": N_("words"), "asked_at": N_("asked on"),
    "area_from": N_("from area"), "area_to": N_("to area"), "form": N_("kind of number"),
}  # fmt: skip
"""Columns in words; those that only programs need are in the download alone."""
