"""Templates, one environment per language, and what every page needs of a request."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from loquet_server.identity.space_names import PRODUCT
from loquet_server.web import details, words
from loquet_server.web.assets import asset
from loquet_server.web.i18n import COOKIE, DEFAULT, LANGUAGES, negotiate, translations

TEMPLATES: Final = Path(__file__).parent / "templates"
THEME_COOKIE: Final = "loquet_theme"
THEMES: Final = ("auto", "light", "dark")
YEAR: Final = 365 * 24 * 3600


@cache
def environment(language: str) -> Environment:
    """Return the templates of one language; a name that a template lacks is an error."""
    env = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    texts = translations(language)
    env.install_gettext_callables(  # type: ignore[attr-defined]
        texts.gettext, texts.ngettext, newstyle=True
    )
    env.globals.update(asset=asset, language=language, languages=LANGUAGES)
    env.filters["word"] = lambda value, table: words.word(texts, table, value)
    env.filters["sentence"] = lambda text: text[:1].upper() + text[1:]
    env.filters["actor"] = lambda name: words.actor(texts, name)
    env.filters["detail"] = lambda value: details.said(texts, value)
    env.filters["reason"] = lambda value: words.reason(language, value)
    return env


@cache
def macros(language: str, template: str) -> Any:
    """Return the macros of a template in one language, as functions that return HTML."""
    return environment(language).get_template(template).module


@dataclass(frozen=True, slots=True)
class Audience:
    """Who looks at a page, as far as the page must know."""

    language: str
    theme: str

    @classmethod
    def of(cls, request: Request) -> "Audience":
        """Return the audience of a request."""
        query, cookies = request.query_params, request.cookies
        theme = query.get("theme") or cookies.get(THEME_COOKIE) or "auto"
        return cls(
            negotiate(
                query.get("lang"),
                cookies.get(COOKIE),
                request.headers,
                getattr(request.app.state, "language", DEFAULT),
            ),
            theme if theme in THEMES else "auto",
        )


def render(
    request: Request, template: str, values: Mapping[str, Any], status: int = 200
) -> HTMLResponse:
    """Return a whole page for this request; remembers the language and theme it asked for."""
    who = Audience.of(request)
    page = environment(who.language).get_template(template)
    rooms = getattr(request.app.state, "rooms", ())
    html = page.render(
        {
            "theme": who.theme,
            "here": request.url.path,
            "rooms": rooms,
            "again": _again(request),
            "csrf": getattr(request.state, "csrf", ""),
            "actor": getattr(request.state, "actor", None),
            "me": getattr(request.state, "member", None),
            "space": getattr(request.state, "space", PRODUCT),
        }
        | dict(values)
    )
    headers = {"cache-control": "no-store", "vary": "accept-language, cookie"}
    answer = HTMLResponse(html, status, headers)
    for name, cookie, allowed in (("lang", COOKIE, LANGUAGES), ("theme", THEME_COOKIE, THEMES)):
        wish = request.query_params.get(name)
        if wish is not None and wish in allowed:
            answer.set_cookie(cookie, wish, max_age=YEAR, samesite="lax", httponly=True)
    return answer


def _again(request: Request) -> Callable[..., str]:
    """Return a function from changed query parameters to this page's address."""

    def address(**changed: str) -> str:
        kept = {k: v for k, v in request.query_params.items() if k not in ("lang", "theme")}
        wanted = {name: value for name, value in (kept | changed).items() if value}
        return f"{request.url.path}?{urlencode(wanted)}" if wanted else request.url.path

    return address
