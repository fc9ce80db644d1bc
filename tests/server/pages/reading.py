"""Reads pages as a person would: their text, and what is marked."""

import re
from html.parser import HTMLParser

_SKIPPED = {"script", "style", "title"}


class _Text(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.parts: list[str] = []
        self._skipping = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._skipping += tag in _SKIPPED

    def handle_endtag(self, tag: str) -> None:
        self._skipping -= tag in _SKIPPED

    def handle_data(self, data: str) -> None:
        if not self._skipping:
            self.parts.append(data)


def text_of(html: str) -> str:
    """Return the text of a page with single spaces."""
    reader = _Text()
    reader.feed(html)
    return re.sub(r"\s+", " ", " ".join(reader.parts)).strip()


def part_of(html: str, element: str) -> str:
    """Return the text of the element with that id; it must not contain one of its own kind."""
    begin = html.rindex("<", 0, html.index(f'id="{element}"'))
    tag = html[begin + 1 :].split()[0]
    return text_of(html[begin : html.index(f"</{tag}>", begin)])
