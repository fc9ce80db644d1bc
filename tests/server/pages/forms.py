"""Fills in a page's form as a browser would: what it shows is sent, but for what is changed."""

from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

import httpx

Attributes = list[tuple[str, str | None]]


@dataclass
class Form:
    """One form of a page: where it goes, and what stands in it."""

    action: str
    values: dict[str, list[str]] = field(default_factory=dict)
    buttons: list[tuple[str, str]] = field(default_factory=list)


class _Forms(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[Form] = []
        self._select = ""
        self._first = self._chosen = ""
        self._area: str | None = None

    def handle_starttag(self, tag: str, attrs: Attributes) -> None:
        has = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.found.append(Form(has.get("action", "")))
        if not self.found or not (has.get("name") or tag == "option"):
            return
        if tag == "input":
            ticked = has.get("type") not in ("checkbox", "radio") or "checked" in has
            if ticked:
                self._keep(has["name"], has.get("value", ""))
        elif tag == "button":
            self.found[-1].buttons.append((has["name"], has.get("value", "")))
        elif tag == "textarea":
            self._area = has["name"]
        elif tag == "select":
            self._select, self._first, self._chosen = has["name"], "?", "?"
        elif tag == "option" and self._select:
            self._first = has["value"] if self._first == "?" else self._first
            self._chosen = has["value"] if "selected" in has else self._chosen

    def handle_data(self, data: str) -> None:
        if self._area is not None:
            self._keep(self._area, data)
            self._area = None

    def handle_endtag(self, tag: str) -> None:
        if tag == "select" and self._select:
            self._keep(self._select, self._first if self._chosen == "?" else self._chosen)
            self._select = ""
        elif tag == "textarea" and self._area is not None:
            self._keep(self._area, "")
            self._area = None

    def _keep(self, name: str, value: str) -> None:
        self.found[-1].values.setdefault(name, []).append(value)


def forms_of(html: str) -> list[Form]:
    """Return the forms of a page."""
    reader = _Forms()
    reader.feed(html)
    return reader.found


async def submit(
    browser: httpx.AsyncClient, page: httpx.Response, action: str, **changed: Any
) -> httpx.Response:
    """Send the form of a page that goes to ``action``; None takes a field away."""
    (form,) = [each for each in forms_of(page.text) if each.action == action]
    data: dict[str, Any] = {**form.values, **changed}
    sent = {name: value for name, value in data.items() if value is not None}
    return await browser.post(action, data=sent)
