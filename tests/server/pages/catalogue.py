"""Every text of the pages that has to be translated, as the templates and modules write it."""

from functools import cache
from pathlib import Path

from babel.messages.extract import extract_from_dir

SERVER = Path(__file__).resolve().parents[3] / "server" / "loquet_server"
KEYWORDS = {"_": None, "N_": None, "gettext": None, "ngettext": (1, 2)}

Message = str | tuple[str, str]


@cache
def messages() -> frozenset[Message]:
    """Return every message of the pages; plurals as (one, many)."""
    found: set[Message] = set()
    for _name, _line, message, _comments, _context in extract_from_dir(
        str(SERVER),
        method_map=[("**.py", "python"), ("**/templates/**.html", "jinja2.ext:babel_extract")],
        keywords=KEYWORDS,
    ):
        if isinstance(message, str):
            found.add(message)
        else:
            found.add((message[0], message[1]))
    return frozenset(found)
