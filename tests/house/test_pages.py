"""Pages load nothing from another host, and nothing is minified by hand."""

from __future__ import annotations

import re

from tests.house.source import expect_none, texts

OUTSIDE = re.compile(
    r"(?:src|href|action|data)\s*=\s*[\"']?(?:https?:)?//"
    r"|@import"
    r"|(?:url|fetch)\(\s*[\"']?(?:https?:)?//"
)
LONGEST_LINE = 300


def test_pages_name_no_other_host() -> None:
    expect_none(
        [
            f"{name}:{number}: {line.strip()[:100]}"
            for name, text in texts(".html", ".js", ".css", ".svg")
            if name.startswith("server/")
            for number, line in enumerate(text.splitlines(), 1)
            if OUTSIDE.search(line)
        ]
    )


def test_nothing_is_minified() -> None:
    expect_none(
        [
            f"{name}:{number}"
            for name, text in texts(".html", ".js", ".css")
            for number, line in enumerate(text.splitlines(), 1)
            if len(line) > LONGEST_LINE
        ]
    )


def test_pages_have_no_inline_script_or_style() -> None:
    """The content security policy would refuse them; better to hear of it here."""
    inline = re.compile(r"<script(?![^>]*\bsrc=)[^>]*>|\son[a-z]+\s*=\s*[\"']|\sstyle\s*=\s*[\"']")
    expect_none(
        [
            f"{name}:{number}: {line.strip()[:100]}"
            for name, text in texts(".html")
            if name.startswith("server/")
            for number, line in enumerate(text.splitlines(), 1)
            if inline.search(line) and "application/json" not in line
        ]
    )
