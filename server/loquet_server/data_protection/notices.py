"""The notice for the door and the register of processing, from what is set and used. Words only.

Careful words: they say what the software does, and promise nothing for whoever runs it.
"""

from dataclasses import dataclass

from loquet_server.data_protection.repository import Features
from loquet_server.data_protection.schemas import PrivacyOut
from loquet_server.web.i18n import N_, Translations


@dataclass(frozen=True, slots=True)
class Section:
    """A heading with its lines."""

    title: str
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Treatment:
    """One processing of the register: each entry of its sheet, in order."""

    title: str
    entries: tuple[tuple[str, str], ...]


class Notices:
    """What can be printed about one space, in one language."""

    def __init__(self, texts: Translations, setting: PrivacyOut, features: Features) -> None:
        self._texts, self._setting, self._features = texts, setting, features
        self._days = {each.kind: each.days for each in setting.periods}

    def door(self) -> list[Section]:
        """Return the notice for the door."""
        _ = self._texts.gettext
        return [
            Section(_("What is recorded"), tuple(self._recorded())),
            Section(_("What is not"), (
                _("No picture and no sound, ever."),
                _("Never who sits at which desk: sensors count places, not people."),
                _("No movement within the space, and none outside of it."),
            )),
            Section(_("What for"), (
                _("To open the doors to those who may enter, and to keep the place safe."),
                _("To count passes and say how full the place is."),
            )),
            Section(_("For how long"), tuple(self._kept())),
            Section(_("Who sees it"), (
                _("Those who welcome people and run this space, each with an account of their own."
                  " Each look at a log with names is recorded, and you can read who looked."),
                _("Employers are told numbers of days, never passages."),
            )),
            Section(_("Your rights"), (
                _("You may read your data, take them away, have them corrected or erased, and"
                  " object. Accounting evidence stays for as long as the law asks."),
                _("Ask: %(contact)s") % {"contact": self._setting.contact or "…"},
                _("If the answer does not satisfy you, you may turn to the CNIL, www.cnil.fr."),
            )),
        ]  # fmt: skip

    def _recorded(self) -> list[str]:
        _ = self._texts.gettext
        found = [_("When a badge is shown to a reader: whose it is, the door, the moment and the"
                   " answer.")]  # fmt: skip
        if self._features.passes:
            found.append(_("For each pass that is used: the member and the date."))
        if self._features.desks or self._features.exit_sensing:
            found.append(_("How many desks and areas are occupied, without names."))
        if self._features.bookings:
            found.append(_("Bookings of desks, rooms and equipment."))
        return found

    def _kept(self) -> list[str]:
        found = [
            self._line(N_("Passages with names: %(days)s"), "passages"),
            self._line(N_("Guests, after their visit: %(days)s"), "guests"),
        ]
        if self._features.bookings:
            found.append(self._line(N_("Bookings: %(days)s"), "bookings"))
        found.append(self._line(N_("Members' details, after they have left: %(days)s"),
                                "former_members"))  # fmt: skip
        if self._features.passes:
            found.append(self._line(N_("Used passes, by date, as accounting evidence: %(days)s"),
                                    "evidence"))  # fmt: skip
        return found

    def _line(self, text: str, kind: str) -> str:
        return self._texts.gettext(text) % {"days": span(self._texts, self._days[kind])}

    def register(self) -> list[Treatment]:
        """Return the register of processing: one sheet for each that is in use."""
        found = [self._access(), self._members()]
        if self._features.desks or self._features.exit_sensing:
            found.append(self._occupancy())
        if self._features.bookings:
            found.append(self._bookings())
        return [*found, self._operators()]

    def _sheet(self, title: str, *entries: tuple[str, str]) -> Treatment:
        _ = self._texts.gettext
        recipients = _("Operators of the space, by role. Nobody else.")
        if self._features.hooks:
            recipients = _("Operators of the space, by role; programs to which the space sends"
                           " messages (%(count)s).") % {
                               "count": self._features.hooks}  # fmt: skip
        security = _("Accounts with roles, a record of changes and of looks; badge numbers sealed"
                     " with a key apart from the database; signed messages; encrypted backups;"
                     " erasure by the software itself.")  # fmt: skip
        return Treatment(_(title), (
            *((_(name), text) for name, text in entries),
            (_("Recipients"), recipients),
            (_("Outside the European Union"), _("Nothing, by the software itself. Add where your"
                                                " server and its backups are.")),
            (_("Security"), security),
        ))  # fmt: skip

    def _access(self) -> Treatment:
        _ = self._texts.gettext
        return self._sheet(
            N_("Control of access to the premises"),
            (N_("Purpose"), _("To open doors to those who may enter, to explain refusals, to keep"
                              " premises and people safe, evacuation included.")),
            (N_("People concerned"), _("Members, guests, staff, volunteers.")),
            (N_("Data"), _("Badge (sealed number), door, date and hour, answer and reason.")),
            (N_("Kept"), "; ".join((self._line(N_("Passages with names: %(days)s"), "passages"),
                                    self._line(N_("content of units' journals: %(days)s"),
                                               "journal"),
                                    self._line(N_("unknown badges: %(days)s"),
                                               "unknown_badges")))),
        )  # fmt: skip

    def _members(self) -> Treatment:
        _ = self._texts.gettext
        return self._sheet(
            N_("Members, plans and passes"),
            (N_("Purpose"), _("To run memberships and plans, to count passes, to invoice.")),
            (N_("People concerned"), _("Members, guests, contacts of organisations.")),
            (N_("Data"), _("Name, mail, telephone, organisation, language, memberships, plans,"
                           " passes bought and used (member and date).")),
            (N_("Kept"), "; ".join((
                self._line(N_("Members' details, after they have left: %(days)s"),
                           "former_members"),
                self._line(N_("Guests, after their visit: %(days)s"), "guests"),
                self._line(N_("accounting evidence, without a name once somebody is erased:"
                              " %(days)s"), "evidence")))),
        )  # fmt: skip

    def _occupancy(self) -> Treatment:
        _ = self._texts.gettext
        return self._sheet(
            N_("Occupancy of desks and areas"),
            (N_("Purpose"), _("To say how full the place is and was.")),
            (N_("People concerned"), _("Nobody by name: numbers by hour and area. A desk assigned"
                                       " to one person has no history of its own.")),
            (N_("Data"), _("States of desks, numbers of people in areas.")),
            (N_("Kept"), _("Without limit, as it identifies nobody.")),
        )  # fmt: skip

    def _bookings(self) -> Treatment:
        _ = self._texts.gettext
        return self._sheet(
            N_("Bookings of desks, rooms and equipment"),
            (N_("Purpose"), _("To keep a place for whoever booked it, and open its door then.")),
            (N_("People concerned"), _("Members, and those whom they invite.")),
            (N_("Data"), _("Who, what, from when until when, whether somebody came.")),
            (N_("Kept"), self._line(N_("Bookings: %(days)s"), "bookings")),
        )  # fmt: skip

    def _operators(self) -> Treatment:
        _ = self._texts.gettext
        return self._sheet(
            N_("Operators' accounts and record of changes"),
            (N_("Purpose"), _("To let operators in, to know who changed what and who looked at"
                              " whom.")),
            (N_("People concerned"), _("Operators of the space.")),
            (N_("Data"), _("Name, mail, role, password (hashed), sessions, changes and looks.")),
            (N_("Kept"), "; ".join((self._line(N_("record of changes: %(days)s"), "audit"),
                                    self._line(N_("looks: %(days)s"), "looks"),
                                    self._line(N_("sign-ins: %(days)s"),
                                               "operator_sign_ins")))),
        )  # fmt: skip


def span(texts: Translations, days: int) -> str:
    """Return a number of days as people say it."""
    if days >= 730:
        years = round(days / 365.25)
        return texts.ngettext("%(num)s year", "%(num)s years", years) % {"num": years}
    return texts.ngettext("%(num)s day", "%(num)s days", days) % {"num": days}
