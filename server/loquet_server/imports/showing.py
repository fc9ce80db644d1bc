"""Imports as the API and the pages show them: in words, and bounded."""

from loquet_server.imports.columns import LABELS, Field
from loquet_server.imports.draft import Given, Line
from loquet_server.imports.rows import Complaint
from loquet_server.imports.schemas import ColumnOut, ComplaintOut, DraftOut, LineOut, RunOut
from loquet_server.imports.service import Seen
from loquet_server.models import ImportRun
from loquet_server.people.numbers import Unreadable, readings
from loquet_server.web.i18n import Translations

SHOWN = 200
SAMPLES = 3
LONGEST = 60
_LABELS = {
    "name": Field.NAME, "mail": Field.MAIL, "phone": Field.PHONE, "kind": Field.KIND,
    "language": Field.LANGUAGE, "note": Field.NOTE,
}  # fmt: skip


def run(row: ImportRun) -> RunOut:
    """Return an import as it may leave the server."""
    created = sum(each["table"] == "holders" for each in row.created)
    return RunOut(
        id=row.id, site=row.site, at=row.at, actor=row.actor, file_name=row.file_name,
        rows=row.rows, complete=row.complete, undone_at=row.undone_at, created=created,
        changed=len(row.changed),
    )  # fmt: skip


def draft(seen: Seen, texts: Translations) -> DraftOut:
    """Return a draft with all that it would do."""
    found, lines = seen.draft, seen.draft.lines
    more = max(len(lines) - SHOWN, 0) + max(len(found.complaints) - SHOWN, 0)
    return DraftOut(
        **run(seen.run).model_dump(),
        encoding=seen.sheet.encoding,
        separator=seen.sheet.separator,
        by_name=seen.by_name,
        columns=columns(seen),
        lines=[line(each, texts) for each in lines[:SHOWN]],
        complaints=[complaint(each, texts) for each in found.complaints[:SHOWN]],
        would_create=sum(each.outcome == "create" for each in lines),
        would_change=sum(each.outcome == "change" for each in lines),
        same=sum(each.outcome == "same" for each in lines),
        more=more,
    )


def columns(seen: Seen) -> list[ColumnOut]:
    """Return the columns of a file; of what may be badge numbers, the last 4 digits."""
    found = []
    for at, header in enumerate(seen.sheet.headers):
        field = seen.mapping.get(at)
        cells = (row.cells[at].strip() for row in seen.sheet.rows[:50] if at < len(row.cells))
        hide = field in (None, Field.BADGE)
        samples = [_veiled(each) if hide else each[:LONGEST] for each in cells if each]
        found.append(
            ColumnOut(column=at, header=header[:200], field=field, samples=samples[:SAMPLES])
        )
    return found


def _veiled(cell: str) -> str:
    """Return a cell, but of a badge's number only its end."""
    try:
        return f"…{readings(cell)[0].last4}"
    except Unreadable:
        return cell[:LONGEST]


def complaint(each: Complaint, texts: Translations) -> ComplaintOut:
    """Return a complaint in words."""
    text = texts.gettext(each.text)
    said = text % each.values if each.values else text
    return ComplaintOut(line=each.line, column=each.column[:200], text=said)


def line(each: Line, texts: Translations) -> LineOut:
    """Return what a line would do in words."""
    changes = [
        f"{texts.gettext(LABELS[_LABELS[name]])}: {before or '-'} → {after}"[:300]
        for name, (before, after) in each.changed.items()
    ]
    if each.organisation is not None:
        text = (
            texts.gettext("new organisation %(name)s")
            if each.new_organisation
            else texts.gettext("organisation %(name)s")
        )
        changes.append(text % {"name": each.organisation})
    if each.plan is not None:
        name = each.wish.plan or ""
        changes.append(texts.gettext("plan %(name)s") % {"name": name} + _days(each.plan, texts))
    if each.membership is not None:
        changes.append(texts.gettext("membership") + _days(each.membership, texts))
    if each.badge and each.wish.badge is not None:
        last4 = each.wish.badge.value.hex()[-4:].upper()
        changes.append(texts.gettext("badge …%(last4)s") % {"last4": last4})
    return LineOut(
        line=each.wish.line, outcome=each.outcome, name=each.wish.name, holder=each.holder,
        changes=changes,
    )  # fmt: skip


def _days(given: Given, texts: Translations) -> str:
    if given.last is None:
        return " " + texts.gettext("from %(day)s") % {"day": given.first.isoformat()}
    return f" {given.first.isoformat()} – {given.last.isoformat()}"
