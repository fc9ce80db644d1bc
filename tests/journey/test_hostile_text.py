"""Forty hostile strings through every text field: stored, shown, refused, and never run."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from itertools import cycle, islice
from urllib.parse import urljoin, urlsplit

import httpx
import pytest
from playwright.sync_api import BrowserContext, Dialog

from tests.journey.hostile import STRINGS, Form, Page, read
from tests.journey.stack import Stack, in_a_thread

pytestmark = pytest.mark.timeout(900)
FIRST = ("/", "/members", "/plans", "/hours", "/doors", "/calendar", "/areas", "/space", "/badges",
         "/guests", "/organisations", "/passes", "/imports", "/exports", "/settings", "/operators",
         "/audit", "/journal", "/occupancy", "/explain", "/enforcement", "/account/tokens",
         "/setup/space", "/setup/mail", "/members/new", "/plans/new", "/hours/new", "/calendar/new",
         "/areas/new", "/guests/new", "/organisations/new", "/operators/new")  # fmt: skip
LEFT_OUT = re.compile(r"/(?:static|api|live|bench|logout|setup/reach|setup/hosting|account/prove)")
ENDINGS = re.compile(r"new|edit|suspend|archive|lock-?_?down|lift|sell|correct|read|confirm|stock")
REFLECTED = STRINGS[:8]
"""Those that a page could run if it only repeated them."""


class Quiet(Stack):
    """Le Moulin's server with all its members, and no units."""

    def start(self) -> None:
        """Seed and serve."""
        in_a_thread(self._seed)
        self.start_server()

    def wait_online(self) -> None:
        """Nobody comes."""


@pytest.fixture(scope="module")
def quiet() -> Iterator[Quiet]:
    """A server to be written full."""
    with Quiet() as found:
        found.api.headers["accept"] = "text/html"
        yield found


def shape(path: str) -> str:
    """Return what pages of one kind share: their ids do not matter."""
    parts = [part for part in urlsplit(path).path.split("/") if part]
    if len(parts) < 2:
        return "/".join(parts)
    last = parts[-1] if ENDINGS.fullmatch(parts[-1]) else "*"
    return f"{parts[0]}/{len(parts)}/{last}"


def crawl(api: httpx.Client) -> dict[str, Page]:
    """Return one page of each kind that links lead to."""
    waiting, seen, found = list(FIRST), set[str](), dict[str, Page]()
    while waiting:
        path = waiting.pop(0)
        kind = shape(path)
        if kind in seen or LEFT_OUT.match(path):
            continue
        seen.add(kind)
        answer = api.get(path, follow_redirects=True)
        if answer.status_code != 200 or "text/html" not in answer.headers["content-type"]:
            continue
        found[path] = read(answer.text)
        links = [urlsplit(urljoin(path, link)) for link in found[path].links]
        waiting += [each.path for each in links if not each.netloc and each.path.startswith("/")]
    return found


def forms(pages: dict[str, Page]) -> list[tuple[str, Form]]:
    """Return every form in which people type, with the page that shows it."""
    return [
        (path, form)
        for path, page in pages.items()
        for form in page.forms
        if form.texts and not LEFT_OUT.match(form.action or path)
    ]


def send(api: httpx.Client, path: str, form: Form, typed: dict[str, str]) -> httpx.Response:
    """Send a form as a browser would, with these fields filled in."""
    values = form.values | {name: [text[: form.texts[name]]] for name, text in typed.items()}
    where = urljoin(path, form.action) if form.action else path
    if form.method.lower() == "get":
        return api.get(where, params=values, follow_redirects=True)
    return api.post(where, data=values, follow_redirects=True)


def fillings(names: list[str], *, each_in_each: bool) -> Iterator[dict[str, str]]:
    """Yield what to type, so that every string is typed: somewhere, or into every field.

    Where no field takes plain words there is nothing to type: the strict ones are given what pages
    repeat.
    """
    if not names:
        return
    if each_in_each:
        yield from (dict.fromkeys(names, text) for text in STRINGS)
        return
    for first in range(0, len(STRINGS), len(names)):
        texts = islice(cycle(STRINGS), first, first + len(names))
        yield dict(zip(names, texts, strict=True))


@pytest.mark.parametrize(
    "each_in_each", [False, pytest.param(True, marks=pytest.mark.soak)], ids=["some", "each"]
)
def test_no_answer_ever_holds_what_could_run(quiet: Quiet, each_in_each: bool) -> None:
    typing = forms(crawl(quiet.api))
    assert len(typing) > 15, [path for path, _ in typing]
    wrong: list[str] = []

    def check(path: str, typed: dict[str, str], answer: httpx.Response) -> None:
        if answer.status_code >= 500:
            asked = f"{answer.request.method} {answer.request.url}"
            wrong.append(f"{path}: {asked} answered {answer.status_code} for {typed}")
        elif "text/html" in answer.headers.get("content-type", ""):
            wrong.extend(f"{path}: {typed} made {each}" for each in read(answer.text).running)
        if "1787569" in answer.text and any("1337*1337" in text for text in typed.values()):
            wrong.append(f"{path}: a template ran {typed}")

    for path, form in typing:
        tried = send(quiet.api, path, form, dict.fromkeys(form.texts, "Plain words"))
        strict = read(tried.text).complaints if tried.status_code == 422 else set()
        free = [name for name in form.texts if name not in strict]
        for number, kept in enumerate(fillings(free, each_in_each=each_in_each)):
            if "mail" in form.texts:
                kept["mail"] = f"h{number}-{zlib.crc32(path.encode())}@hostile.example"
            check(path, kept, send(quiet.api, path, form, kept))
        for text in REFLECTED if each_in_each else REFLECTED[:2]:
            every = dict.fromkeys(form.texts, text)
            check(path, every, send(quiet.api, path, form, every))
    assert not wrong, "\n".join(wrong)


def test_a_browser_that_looks_at_all_of_it_runs_nothing(
    quiet: Quiet, context: BrowserContext
) -> None:
    complaints: list[str] = []
    page = context.new_page()

    def dismissed(dialog: Dialog) -> None:
        complaints.append(dialog.message)
        dialog.dismiss()

    page.on("dialog", dismissed)
    page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on(
        "request",
        lambda asked: None if asked.url.startswith(quiet.url) else complaints.append(asked.url),
    )
    shown = crawl(quiet.api)
    assert len(shown) > 20
    for path in shown:
        page.goto(quiet.url + path)
        assert page.evaluate("window.harmed") is None, path
        assert page.evaluate("getComputedStyle(document.body).display") != "none", path
    assert complaints == []
