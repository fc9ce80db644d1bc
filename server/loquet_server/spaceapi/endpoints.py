"""``/spaceapi.json``: answers everybody, once a manager has switched it on."""

import time
from dataclasses import dataclass, field
from typing import Any, Final

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

from loquet_server.errors import problem
from loquet_server.office import OfficeDep, ReadingDep
from loquet_server.spaceapi.service import document, load
from loquet_server.timetable.names import KeyQuery
from loquet_server.timetable.repository import TimetableRepository

router = APIRouter(tags=["public"])
SECONDS: Final = 20.0
"""How long an answer is kept: strangers may ask as often as they like."""
MOST: Final = 64
HEADERS: Final = {"access-control-allow-origin": "*", "cache-control": "public, max-age=60"}
_OFF: Final = (
    "This space does not publish its state. Who runs it can switch that on: Settings, Public state."
)


@dataclass(slots=True)
class Kept:
    """The last answers of one application, by site."""

    answers: dict[str, tuple[float, dict[str, Any] | None]] = field(default_factory=dict)

    def get(self, site: str) -> tuple[float, dict[str, Any] | None] | None:
        """Return an answer that is young enough."""
        found = self.answers.get(site)
        return found if found is not None and found[0] > time.monotonic() - SECONDS else None

    def put(self, site: str, answer: dict[str, Any] | None) -> None:
        """Keep an answer; strangers cannot fill the memory."""
        if len(self.answers) >= MOST:
            self.answers.clear()
        self.answers[site] = (time.monotonic(), answer)


@router.get("/spaceapi.json")
async def spaceapi(
    request: Request, office: OfficeDep, session: ReadingDep, site: KeyQuery = None
) -> JSONResponse:
    """Return the public state of the space, or of one of several; SpaceAPI 15."""
    kept: Kept = request.app.state.spaceapi
    known = kept.get(site or "")
    if known is None:
        row = await TimetableRepository(session).site(site)
        said = None if row is None else await load(session, row.id)
        found = None
        if row is not None and said is not None and said.enabled:
            found = await document(session, row, said, office.now_ms())
        kept.put(site or "", found)
    else:
        found = known[1]
    if found is None:
        answer = problem(404, "not-found", "Not found", _OFF)
        answer.headers["access-control-allow-origin"] = "*"
        return answer
    return JSONResponse(found, headers=HEADERS)
