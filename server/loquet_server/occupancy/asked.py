"""What somebody asks the history: which area, which days, beside which others."""

from dataclasses import dataclass
from urllib.parse import urlencode

from fastapi import Request
from sqlalchemy.ext.asyncio import AsyncSession

from loquet_server.occupancy.periods import Against, Named, Period, against, chosen, named
from loquet_server.occupancy.service import Scope, Visible, visible
from loquet_server.office import Office
from loquet_server.timetable.space import Space, space_of
from loquet_server.usual.repository import UsualRepository
from loquet_server.who import Actor


@dataclass(frozen=True, slots=True)
class Asked:
    """A question, understood: nonsense in it is taken for nothing."""

    space: Space
    areas: Visible
    scope: Scope
    period: Period
    how: Against
    name: str
    """The period's name, empty where its days were typed."""
    group: int

    @property
    def other(self) -> Period | None:
        """What the period is compared with."""
        return against(self.period, self.how)

    @property
    def area(self) -> str:
        """The one area that is looked at; empty for the whole space."""
        return "" if self.scope.whole else self.scope.areas[0].id

    def query(self, **changed: str) -> str:
        """Return the question as the query of an address, with some of it changed."""
        days = {"period": self.name}
        if not self.name:
            first, last = self.period.first.isoformat(), self.period.last.isoformat()
            days = {"from": first, "to": last}
        if "period" in changed:
            days = {}
        values = {"area": self.area, "with": self.how.value} | days | changed
        return urlencode({name: value for name, value in values.items() if value})


async def asked(request: Request, office: Office, session: AsyncSession, actor: Actor) -> Asked:
    """Return what a request asks; raise NotFound where there is no space."""
    space = await space_of(request, session, office, actor)
    query = request.query_params
    areas = visible(
        await UsualRepository(session).areas(space.site.id), office.settings.history_group
    )
    one = tuple(area for area in areas.shown if area.id == query.get("area"))
    scope = Scope(space.site, one or areas.whole, not one)
    period = chosen(query.get("from", ""), query.get("to", ""), space.today)
    name = ""
    if period is None:
        wished = query.get("period", "")
        name = wished if wished in set(Named) else Named.WEEKS.value
        period = named(Named(name), space.today)
    how = query.get("with", "")
    return Asked(
        space, areas, scope, period, Against(how if how in set(Against) else ""), name,
        office.settings.history_group,
    )  # fmt: skip
