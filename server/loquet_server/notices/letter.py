"""What a notice says: what, where and since when, what to do, and where to look. Nobody's name.

Not even an incident's detail goes out: a notice lies on lock screens and in other people's mail
servers.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from loquet_server.incidence.kinds import GRAVITY, Severity, kind_of
from loquet_server.web import words
from loquet_server.web.i18n import Translations
from loquet_server.web.moments import Moments

LISTED = 20


@dataclass(frozen=True, slots=True)
class Letter:
    """``link``: empty where nobody has said by which address the pages are reached."""

    title: str
    text: str
    link: str
    severity: Severity

    @property
    def whole(self) -> str:
        """Return all of it as text."""
        return f"{self.text}\n\n{self.link}\n" if self.link else f"{self.text}\n"


@dataclass(frozen=True, slots=True)
class Matter:
    """An incident as letters tell of it. ``place``: names of a door or area and of a unit."""

    id: int
    kind: str
    place: str
    first_at: int
    count: int
    ended_at: int | None


@dataclass(frozen=True, slots=True)
class Writer:
    """Writes in one person's language, by one space's clock."""

    space: str
    base: str
    texts: Translations
    moments: Moments
    now_ms: int

    def single(self, matter: Matter, level: int) -> Letter:
        """Return a letter about one incident."""
        _, kind = self.texts.gettext, kind_of(matter.kind)
        title = self._title(matter)
        lines = [title, self._since(matter)]
        lines += [_(each) for each in (kind.happened, kind.advice) if each]
        if level > 1 and matter.ended_at is None:
            lines.append(_("Nobody has taken it on yet, so you are told too."))
        link = f"{self.base}/incidents/{matter.id}" if self.base else ""
        return Letter(f"{self.space}: {title}", "\n".join(lines), link, kind.severity)

    def digest(self, matters: Sequence[Matter]) -> Letter:
        """Return one letter about several incidents."""
        number = len(matters)
        title = self.texts.ngettext("%(num)s incident", "%(num)s incidents", number)
        still = [each for each in matters if each.ended_at is None]
        lines = [f"{self._title(each)}: {self._since(each)}" for each in matters[:LISTED]]
        if number > LISTED:
            more = self.texts.ngettext("and %(num)s more", "and %(num)s more", number - LISTED)
            lines.append(more % {"num": number - LISTED})
        severity = max(
            (kind_of(each.kind).severity for each in still), key=GRAVITY.__getitem__,
            default=Severity.INFO,
        )  # fmt: skip
        link = f"{self.base}/incidents" if self.base else ""
        return Letter(f"{self.space}: {title % {'num': number}}", "\n".join(lines), link, severity)

    def test(self) -> Letter:
        """Return the letter of the test button."""
        _ = self.texts.gettext
        text = _("This is the test that you asked for: notices reach you this way.")
        return Letter(f"{self.space}: {_('Test')}", text, self.base, Severity.INFO)

    def _title(self, matter: Matter) -> str:
        title = words.word(self.texts, "alarm", matter.kind)
        return f"{title} · {matter.place}" if matter.place else title

    def _since(self, matter: Matter) -> str:
        _ = self.texts.gettext
        since = self.moments.near(matter.first_at, self.now_ms)
        if matter.ended_at is not None:
            until = self.moments.near(matter.ended_at, self.now_ms)
            return _("%(from)s to %(until)s, over") % {"from": since, "until": until}
        if matter.count > 1:
            return _("since %(when)s, seen %(num)s times") % {"when": since, "num": matter.count}
        return _("since %(when)s") % {"when": since}
