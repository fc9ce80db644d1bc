"""Every table says what it is a table of, to those who hear a page instead of seeing it."""

import re
from pathlib import Path

import loquet_server.web

TEMPLATES = Path(loquet_server.web.__file__).parent / "templates"
TABLE = re.compile(r"<table(?P<marks>[^>]*)>\s*(?P<caption><caption)?")


def test_every_table_has_a_name() -> None:
    seen, nameless = 0, []
    for template in sorted(TEMPLATES.glob("*.html")):
        for found in TABLE.finditer(template.read_text(encoding="utf-8")):
            seen += 1
            if not found["caption"] and "aria-label" not in found["marks"]:
                nameless.append(template.name)
    assert seen and not nameless, "give it a <caption>, or aria-labelledby with its heading's id"
