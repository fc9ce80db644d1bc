"""The member of a request, and the dependency that gives them."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request

from loquet_server.errors import Forbidden
from loquet_server.who import Actor, Role


@dataclass(frozen=True, slots=True)
class Member:
    """Whoever came by a session of their own; they see what is theirs, and nothing else."""

    id: str
    """The holder."""
    site: str
    name: str
    language: str
    session: str

    @property
    def actor(self) -> Actor:
        """What frames and the record call them: an actor of their site who may nothing.

        The record holds the id, not the name, so that it can stay when the name must go.
        """
        return Actor(f"member {self.id}", Role.READ_ONLY, frozenset(), site=self.site)


def member_of(request: Request) -> Member:
    """Return the member who asks; raise Forbidden for whoever is none, operators too."""
    found = getattr(request.state, "member", None)
    if not isinstance(found, Member):
        raise Forbidden("These pages are for members. Open your personal link first.")
    return found


MemberDep = Annotated[Member, Depends(member_of)]
"""For every route under ``/me``."""
