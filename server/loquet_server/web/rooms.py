"""What pages and endpoints of many rooms do alike."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from fastapi import Request
from fastapi.responses import RedirectResponse
from sqlalchemy import inspect

from loquet_server.errors import Problem
from loquet_server.office import Transaction
from loquet_server.web.i18n import Translations
from loquet_server.who import Actor, own


def go(path: str, done: str = "") -> RedirectResponse:
    """Return a redirect after a change; ``done`` is the word for what was done."""
    return RedirectResponse(f"{path}?done={done}" if done else path, 303)


def said(request: Request, done: Mapping[str, str], texts: Translations) -> str:
    """Return the sentence for what ``go`` said was done, one of these; mostly nothing."""
    text = done.get(request.query_params.get("done", ""))
    return texts.gettext(text) if text else ""


@asynccontextmanager
async def whole(transaction: Transaction) -> AsyncIterator[None]:
    """Keep all of a change, or none of it: what raises a Problem inside is undone, and raises.

    A page that answers a refusal with its form ends well, so that its transaction is committed.
    """
    session, steps = transaction.session, len(transaction.after.steps)
    try:
        async with session.begin_nested():
            yield
    except Problem:
        del transaction.after.steps[steps:]
        for row in session:
            if inspect(row).expired:
                await session.refresh(row)
        raise


def within(actor: Actor, site: str | None) -> str | None:
    """Return the site to list: the one asked for, or all that the actor sees; raise NotFound."""
    if site is None:
        return actor.site
    own(actor, site, f"site {site!r}")
    return site
