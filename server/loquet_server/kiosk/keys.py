"""A screen's secret: 256 bits in a link, shown once; the database keeps its SHA-256."""

import secrets
from typing import Final

from fastapi import Response

from loquet_server.identity.codes import digest

COOKIE: Final = "loquet_screen"
KEPT: Final = 400 * 24 * 3600
"""Seconds that a browser keeps a cookie at most; the screen gets a young one every day."""


def new_secret() -> str:
    """Return a new secret."""
    return secrets.token_urlsafe(32)


def set_cookie(answer: Response, secret: str, *, secure: bool) -> None:
    """Let a screen keep its secret: it is sent to the pages of screens alone."""
    answer.set_cookie(
        COOKIE, secret, max_age=KEPT, path="/kiosk", httponly=True, secure=secure, samesite="lax"
    )


__all__ = ["COOKIE", "digest", "new_secret", "set_cookie"]
