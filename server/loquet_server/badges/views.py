"""What pages show of badges and of what a number may mean, in the words of one language."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from loquet_contract.access.credential import Form
from loquet_contract.wire.sealing import CannotOpen
from loquet_server.badges.boxes import Boxes
from loquet_server.badges.readers import TITLES
from loquet_server.badges.repository import BadgeRepository
from loquet_server.badges.schemas import Act
from loquet_server.badges.service import Candidate
from loquet_server.days import DAY_MS
from loquet_server.models import Credential, Holder
from loquet_server.office import Office
from loquet_server.people.derived import Derived
from loquet_server.people.deriving import number_of
from loquet_server.people.frame import Frame
from loquet_server.people.handing import ELSEWHERE, FLAWS
from loquet_server.people.numbers import How
from loquet_server.people.printed import Way, printed
from loquet_server.people.repository import PeopleRepository
from loquet_server.web.i18n import N_
from loquet_server.who import Actor

TAPS = 12
TAPS_MS = 3 * DAY_MS
"""How many taps of unknown badges are offered, and from how long ago."""
STATUSES = {
    "handed_out": N_("handed out"),
    "stock": N_("in stock"),
    "returned": N_("given back"),
    "lost": N_("lost"),
    "blocked": N_("blocked"),
}
FORMS = {
    Form.UID4: N_("contactless badge, 4 bytes"),
    Form.UID7: N_("contactless badge, 7 bytes"),
    Form.UID10: N_("contactless badge, 10 bytes"),
    Form.WIEGAND26: N_("short number (Wiegand 26)"),
    Form.WIEGAND34: N_("number of a Wiegand 34 reader"),
    Form.WIEGAND35: N_("number of a Corporate 1000 badge, 35 bits"),
    Form.WIEGAND37: N_("number of a Wiegand 37 reader"),
    Form.WIEGAND48: N_("number of a Corporate 1000 badge, 48 bits"),
    Form.EM4100: N_("125 kHz badge"),
    Form.EM32: N_("125 kHz badge, as printed"),
}
WAYS = {
    Way.HEX: N_("hexadecimal"),
    Way.HEX_BACK: N_("hexadecimal, backwards"),
    Way.DECIMAL: N_("decimal"),
    Way.DECIMAL_BACK: N_("decimal, backwards"),
    Way.FACILITY: N_("facility and number"),
    Way.FACILITY_BACK: N_("facility and number, backwards"),
}
HOWS = {
    How.AS_WRITTEN: N_("read as it is written"),
    How.REVERSED: N_("read backwards, byte by byte"),
    How.DECIMAL: N_("read as a decimal number"),
    How.DECIMAL_REVERSED: N_("read as a decimal number, backwards"),
    How.FACILITY: N_("read as facility and number"),
    How.PRESENTED: N_("held to a reader here"),
}
LOSSY = N_("This short number leaves a part of the badge out: another badge may give the same one.")
UNREADABLE = {
    "no_number": N_(
        "This is not a badge number in any form that we know. Check each digit, or hold the badge"
        " to a reader instead."
    ),
    "two_numbers": N_(
        "The two numbers do not belong to one badge: the second should be the end of the first."
        " Check each digit."
    ),
}
DONE = {
    "created": N_("The badge is added; the doors are told at once."),
    "given": N_("The badge is handed out; the doors are told at once."),
    "lost": N_("Noted as lost. It opens nothing any more; every door is being told."),
    "returned": N_("Noted as given back: it opens nothing until it is handed out again."),
    "blocked": N_("Blocked. It opens nothing any more; every door is being told."),
    "found": N_("Found again: the badge counts again."),
    "unblocked": N_("Unblocked: the badge counts again."),
    "renamed": N_("The changes are saved."),
}


@dataclass(frozen=True, slots=True)
class ActWords:
    """An act as its page says it."""

    title: str
    lead: str
    button: str
    danger: bool


ACTS = {
    Act.LOSE: ActWords(
        N_("The badge is lost"),
        N_("It is refused at every door, at once. If it turns up, one click lets it count again."),
        N_("Block it everywhere"),
        True,
    ),
    Act.RETURN: ActWords(
        N_("The badge was given back"),
        N_("It opens nothing until it is handed out again; it goes back into the stock."),
        N_("Note that it is back"),
        False,
    ),
    Act.BLOCK: ActWords(
        N_("Block the badge"),
        N_("It is refused at every door, at once, until somebody unblocks it."),
        N_("Block it everywhere"),
        True,
    ),
    Act.FIND: ActWords(
        N_("The badge was found again"),
        N_("It counts again at every door. Only do this with the badge in your hand."),
        N_("Let it count again"),
        False,
    ),
    Act.UNBLOCK: ActWords(
        N_("Unblock the badge"), N_("It counts again at every door."), N_("Unblock"), False
    ),
}


@dataclass(frozen=True, slots=True)
class Option:
    """One meaning of a number, to be chosen; an empty ``box`` cannot be."""

    box: str
    title: str
    how: str
    last4: str
    seen_at: int | None
    lossy: bool
    problem: str


@dataclass(frozen=True, slots=True)
class Tap:
    """An unknown badge at a door."""

    id: int
    at: int
    door: str


@dataclass(frozen=True, slots=True)
class Place:
    """A reader to hold a badge to."""

    id: str
    name: str
    online: bool


def options(
    frame: Frame, office: Office, actor: Actor, found: Sequence[Candidate], names: dict[str, str],
    holder: str | None,
) -> list[Option]:  # fmt: skip
    """Return the meanings of a number as a page lets choose them; ``names`` of who has them."""
    boxes, texts = Boxes(office.keys), frame.texts
    shown = []
    for each in found:
        form = each.reading.representation.form
        usable = each.usable and (each.known is None or holder is not None)
        box = boxes.close(each.reading.representation, holder, office.clock()) if usable else ""
        shown.append(
            Option(
                box,
                texts.gettext(FORMS[form]),
                texts.gettext(HOWS[each.reading.how]),
                each.reading.last4,
                each.seen_at,
                form.lossy,
                _problem(frame, actor, each, names),
            )
        )
    return shown


def _problem(frame: Frame, actor: Actor, found: Candidate, names: dict[str, str]) -> str:
    """Return why a meaning cannot be chosen, or what there is to know of it; mostly nothing."""
    texts, flaw, known = frame.texts, found.reading.flaw, found.known
    if flaw is not None:
        return texts.gettext(FLAWS[flaw])
    if known is None:
        return ""
    if not actor.sees(known.site):
        return texts.gettext(ELSEWHERE)
    label = known.label or f"…{known.last4}"
    if found.usable:
        return texts.gettext("In stock as %(label)s.") % {"label": label}
    said = texts.gettext("Known already: %(label)s, %(name)s, %(status)s.")
    status = texts.gettext(STATUSES[known.status])
    return said % {"label": label, "name": names.get(known.holder or "", "-"), "status": status}


def ways_to_write(
    frame: Frame, office: Office, badge: Credential, forms: Collection[Derived]
) -> list[tuple[str, str, bool]]:
    """Return title, text and wholeness of each form of a number; none without its key.

    The last are what readers of the kinds ``forms`` make of it.
    """
    try:
        number = number_of(office.keys, badge)
    except CannotOpen:
        return []
    texts = frame.texts
    found = [(texts.gettext(WAYS[each.way]), each.text, each.whole) for each in printed(number)]
    for form in sorted(forms):
        made = form.of(number)
        if made is not None:
            text = " = ".join(each.text for each in printed(made))
            found.append((texts.gettext(TITLES[form]), text, not form.lossy(number)))
    return found


async def who_has(
    session: AsyncSession, actor: Actor, found: Sequence[Candidate]
) -> dict[str, str]:
    """Return the names of those who have the known ones among these, where they may be seen."""
    people, names = PeopleRepository(session, actor), {}
    for each in found:
        if each.known is not None and each.known.holder and actor.sees(each.known.site):
            names[each.known.holder] = (await people.member(each.known.holder)).name
    return names


async def ways(frame: Frame, session: AsyncSession) -> dict[str, object]:
    """Return what the page of a new badge offers: readers, taps and the stock."""
    repository, site = BadgeRepository(session), frame.site.id
    readers = [
        Place(
            point.id,
            frame.texts.gettext("%(door)s, on the way out") % {"door": door.name}
            if point.exit
            else door.name,
            online,
        )
        for point, door, _area, online in await repository.readers(site)
    ]
    taps = await repository.unknown(site, frame.now_ms - TAPS_MS, TAPS)
    return {
        "readers": sorted(readers, key=lambda each: not each.online),
        "taps": [Tap(row.id, row.at, door) for row, door in taps],
        "stock": await PeopleRepository(session, frame.actor).free(site),
    }


def subject(member: Holder | None) -> dict[str, object]:
    """Return what pages of a new badge must know of whose it becomes."""
    return {
        "member": member,
        "base": "/badges" if member is None else f"/members/{member.id}/badges",
        "back": "/badges" if member is None else f"/members/{member.id}",
    }


def default_label(member: Holder | None, badges: Sequence[Credential]) -> str:
    """Return a label to begin with; nothing for the stock."""
    if member is None:
        return ""
    return member.name if not badges else f"{member.name} {len(badges) + 1}"
