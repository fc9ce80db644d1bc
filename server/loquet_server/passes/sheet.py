"""What is to be billed, as a sheet for an accountant: safe to open in any spreadsheet."""

import csv
import io
from collections.abc import Sequence

from loquet_server.passes.repository import Used
from loquet_server.people.text import in_language
from loquet_server.web.i18n import Translations

MARK = "\ufeff"
"""Tells a spreadsheet that the file is UTF-8."""
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def sheet(found: Sequence[Used], texts: Translations) -> str:
    """Return one line for each pass, by member and day; ``;`` between fields in French."""
    file = io.StringIO()
    writer = csv.writer(file, delimiter=";" if texts.code == "fr" else ",")
    titles = [texts.gettext("Member"), texts.gettext("Plan"), texts.gettext("Day")]
    writer.writerow([*titles, texts.gettext("Half-day")])
    for each in found:
        plan = in_language(each.plan.name_fr, each.plan.name_en, texts)
        writer.writerow([safe(each.holder.name), safe(plan), each.use.day, each.use.half or ""])
    return MARK + file.getvalue()


def safe(text: str) -> str:
    """Return text that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(_FORMULA) else text
