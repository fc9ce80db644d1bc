"""Who asks, and what they may: operators' roles, permissions, and the dependency that demands one.

Every route of the application declares one ``needs(...)`` (or is listed as open to all), and a
test walks the routes: a route that declares nothing fails the build. Who it is was found out
before, by ``guard``; here it is only read.
"""

from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends, Request

from loquet_server.errors import Forbidden, NotFound, Problem
from loquet_server.roles import PERMISSIONS, Permission, Role

__all__ = [
    "LOCAL", "PERMISSIONS", "SHELL", "Actor", "ActorDep", "Needs", "Permission", "ProveFirst",
    "Proved", "Role", "actor_of", "needs", "own", "proved",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Actor:
    """Who asks. ``site`` None: all sites. ``name`` is what the record says of them."""

    name: str
    role: Role
    permissions: frozenset[Permission]
    operator: str | None = None
    site: str | None = None
    session: str | None = None
    """The browser session by which they came, if by one."""
    token: str | None = None
    """The API token by which they came, if by one."""
    proved: bool = False
    """True while the password was given a short while ago."""

    def may(self, permission: Permission) -> bool:
        """True if this may be done."""
        return permission in self.permissions

    def sees(self, site: str | None) -> bool:
        """True if what belongs to ``site`` is theirs to see."""
        return self.site is None or site == self.site


LOCAL = Actor("local operator", Role.OWNER, PERMISSIONS[Role.OWNER], proved=True)
"""Somebody at this very machine, where the settings let them in without an account."""


SHELL = Actor("shell of the server", Role.OWNER, PERMISSIONS[Role.OWNER], proved=True)
"""Whoever has a shell on the server: they may read the keys, so nothing is kept from them."""


def actor_of(request: Request) -> Actor:
    """Return who asks; raise Forbidden if nobody was found out to."""
    found = getattr(request.state, "actor", None)
    if not isinstance(found, Actor):
        raise Forbidden("Please sign in first.")
    return found


class Needs:
    """A dependency: the caller has this permission; returns the Actor."""

    def __init__(self, permission: Permission) -> None:
        self.permission = permission

    def __call__(self, request: Request) -> Actor:
        actor = actor_of(request)
        if not actor.may(self.permission):
            raise Forbidden(
                f"Your role does not allow this ({self.permission}). Ask an owner of this space."
            )
        return actor


class ProveFirst(Problem, PermissionError):
    """A dangerous act wants the password again; pages answer with the form for it."""

    status, slug, title = 403, "prove-first", "Password needed again"


class Proved(Needs):
    """A dependency: the permission, and the password given within the last minutes."""

    def __init__(self, permission: Permission, *, tokens: bool = False) -> None:
        super().__init__(permission)
        self.tokens = tokens

    def __call__(self, request: Request) -> Actor:
        actor = super().__call__(request)
        if actor.proved or (self.tokens and actor.token is not None):
            return actor
        if actor.token is not None:
            raise Forbidden("An API token may not do this: a person does it on the pages.")
        raise ProveFirst("Please give your password again first: this act is a dangerous one.")


def proved(permission: Permission, *, tokens: bool = False) -> Any:
    """Return ``Depends`` on a permission and a recent password; ``tokens``: API tokens suffice.

    For roles, operators, tokens, exports of people and deleting; never for what keeps people
    safe, such as a lockdown.
    """
    return Depends(Proved(permission, tokens=tokens))


def needs(permission: Permission) -> Any:
    """Return ``Depends`` on a permission: ``actor: Annotated[Actor, needs(Permission.X)]``."""
    return Depends(Needs(permission))


def own(actor: Actor, site: str | None, what: str) -> None:
    """Raise NotFound for what belongs to another site: to a stranger it does not exist."""
    if not actor.sees(site):
        raise NotFound(f"there is no {what}")


ActorDep = Annotated[Actor, Depends(actor_of)]
