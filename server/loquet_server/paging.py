"""Lists over the API, page by page: ``limit`` things after the one called ``after``.

    @router.get("/members")
    async def list_members(session: ReadingDep, page: PageDep) -> list[MemberOut]:
        rows = await MemberRepository(session).all(page.after, page.rows)  # id > after, by id
        return [MemberOut.model_validate(row) for row in page.of(rows, lambda row: row.id)]

The repository returns one row more than the page holds, so that the page knows whether another
follows; its address is then in the ``Link`` header (RFC 8288, ``rel="next"``).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, TypeVar
from urllib.parse import urlencode

from fastapi import Depends, Query, Request, Response

from loquet_server.errors import Invalid

T = TypeVar("T")
DEFAULT = 200
MOST = 1000
LARGEST = 2**53


@dataclass(frozen=True, slots=True)
class Page:
    """What part of a list is asked for."""

    limit: int
    after: str | None
    request: Request
    response: Response

    @property
    def rows(self) -> int:
        """How many rows to read: one more than the page holds."""
        return self.limit + 1

    @property
    def number(self) -> int | None:
        """``after`` for lists that are counted; raise Invalid for what is no number."""
        if self.after is None:
            return None
        if not (self.after.isascii() and self.after.isdecimal()) or int(self.after) > LARGEST:
            raise Invalid("'after' is the id of the last one of the page before: a number")
        return int(self.after)

    def part(self, rows: Sequence[T], key: Callable[[T], object]) -> list[T]:
        """Return this page of a list that is short enough to be read whole, in its own order."""
        at = 0
        if self.after is not None:
            keys = [str(key(row)) for row in rows]
            at = keys.index(self.after) + 1 if self.after in keys else len(rows)
        return self.of(rows[at:], key)

    def of(self, rows: Sequence[T], key: Callable[[T], object]) -> list[T]:
        """Return the page's rows; if there are more, say in the answer where they are."""
        found = list(rows[: self.limit])
        if len(rows) > self.limit and found:
            kept = [each for each in self.request.query_params.multi_items() if each[0] != "after"]
            query = urlencode([*kept, ("after", str(key(found[-1])))])
            path = self.request.url.path
            self.response.headers.append("link", f'<{path}?{query}>; rel="next"')
        return found


def _page(
    request: Request,
    response: Response,
    limit: Annotated[int, Query(ge=1, le=MOST, description="How many, at most.")] = DEFAULT,
    after: Annotated[
        str | None,
        Query(max_length=200, pattern=r"^[^\x00]*$", description="The last of the page before."),
    ] = None,
) -> Page:
    return Page(limit, after, request, response)


PageDep = Annotated[Page, Depends(_page)]
