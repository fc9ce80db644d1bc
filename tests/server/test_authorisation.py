"""Who may what: every route of the application, asked by every role.

A route that neither demands a permission nor is listed here fails: nobody forgets.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from starlette.routing import Mount, Route

from loquet_server.guard import MEMBERS, STRANGERS, UNITS
from loquet_server.membership_access.member import member_of
from loquet_server.who import PERMISSIONS, Needs, Permission, Proved, Role, actor_of
from tests.server.front_desk import add_operator, browser, front_desk, sign_in
from tests.server.house import SITE, House

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"])

OPEN = {
    "/healthz", "/spaceapi.json", "/api/v1/enrol", "/api/v1/adoptions",
    "/api/v1/units/{unit}/policy",
    "/api/v1/units/{unit}/moving", "/api/v1/units/{unit}/log", "/api/v1/units/{unit}/card-keys",
    "/api/v1/units/{unit}/release", "/api/v1/releases/{sha256}/{name}",
    "/api/v1/units/{unit}/peppers", "/api/v1/units/{unit}/certificate",
    "/login", "/setup", "/setup/owner", "/link/{code}",
    "/me/login", "/me/code", "/me/link/{secret}",
    "/static/bootstrap", "/static/loquet",
    "/feeds/{secret}.ics", "/help/door/{door}",
    "/kiosk", "/kiosk/board", "/kiosk/s/{secret}", "/public/{site}.json", "/public/{site}.svg",
}  # fmt: skip
"""Answer to strangers; each proves its callers by itself, or has nothing to hide."""
SIGNED_IN = {"/api/v1/openapi.json", "/api/v1/actor", "/logout"}
"""Answer to whoever has signed in."""
EXPECTED: dict[Permission, set[str]] = {
    Permission.LIVE_READ: {"owner", "manager", "host", "installer", "read_only"},
    Permission.LOG_READ: {"owner", "manager", "host"},
    Permission.MEMBERS_READ: {"owner", "manager", "host"},
    Permission.MEMBERS_WRITE: {"owner", "manager", "host"},
    Permission.BADGES_WRITE: {"owner", "manager", "host"},
    Permission.PLANS_READ: {"owner", "manager", "host", "installer", "read_only"},
    Permission.PLANS_WRITE: {"owner", "manager"},
    Permission.PASSES_WRITE: {"owner", "manager", "host"},
    Permission.HOURS_READ: {"owner", "manager", "host", "installer", "read_only"},
    Permission.HOURS_WRITE: {"owner", "manager"},
    Permission.DOORS_RELEASE: {"owner", "manager", "host", "installer"},
    Permission.DOORS_LOCKDOWN: {"owner", "manager", "host"},
    Permission.DOORS_WRITE: {"owner", "manager", "installer"},
    Permission.UNITS_READ: {"owner", "manager", "host", "installer", "read_only"},
    Permission.UNITS_WRITE: {"owner", "manager", "installer"},
    Permission.EXPLAIN: {"owner", "manager", "host"},
    Permission.DATA_EXPORT: {"owner", "manager"},
    Permission.DATA_IMPORT: {"owner", "manager"},
    Permission.AUDIT_READ: {"owner", "manager"},
    Permission.SETTINGS_WRITE: {"owner"},
    Permission.OPERATORS_WRITE: {"owner"},
    Permission.SELF: {"owner", "manager", "host", "installer", "read_only"},
    Permission.PEOPLE_CORRECT: {"owner", "manager", "host"},
    Permission.EVACUATION_READ: {"owner", "manager", "host"},
    Permission.BOOKINGS_READ: {"owner", "manager", "host"},
    Permission.BOOKINGS_WRITE: {"owner", "manager", "host"},
    Permission.FLOORS_WRITE: {"owner", "manager", "installer"},
    Permission.PRIVACY_WRITE: {"owner", "manager"},
    Permission.HOOKS_WRITE: {"owner"},
    Permission.BENCH: {"owner", "manager", "host", "installer"},
}
"""Read by a person first: which roles have a permission."""


@dataclass(frozen=True)
class Asked:
    """One method of one route. ``permission`` None: whoever has signed in."""

    method: str
    path: str
    permission: Permission | None
    proved: bool

    @property
    def address(self) -> str:
        """A path with plausible values in it; what they name does not exist."""
        return re.sub(r"\{[^}]*\}", "7", self.path)


def demands(dependant: Dependant) -> Iterator[Any]:
    """Yield every dependency of a route, however deep."""
    for each in dependant.dependencies:
        yield each.call
        yield from demands(each)


def routes(app: FastAPI) -> Iterator[Route | Mount | APIRoute]:
    """Yield every route; what ``include_router`` added has a lifespan and no routes."""
    for each in app.routes:
        route: Any = each
        within = getattr(route, "original_router", None)
        if within is not None:
            assert not within.routes, f"{within.routes}: add_routes, or the first request waits"
            continue
        assert isinstance(route, Route | Mount | APIRoute), f"what is {type(route)}?"
        yield route


def asked(app: FastAPI) -> list[Asked]:
    """Return every method of every route that wants somebody signed in."""
    found = []
    for route in routes(app):
        if isinstance(route, Mount) or route.path in OPEN or MEMBERS.fullmatch(route.path):
            continue
        needs = [
            each for each in demands(route.dependant) if isinstance(each, Needs)
        ] if isinstance(route, APIRoute) else []  # fmt: skip
        permission = needs[0].permission if needs else None
        for method in sorted((route.methods or set()) - {"HEAD", "OPTIONS"}):
            proved = any(isinstance(each, Proved) for each in needs)
            found.append(Asked(method, route.path, permission, proved))
    return found


NEVER_END = ("/logout", "/live/stream", "/live/units")
"""They would end the session, or never end themselves."""


@pytest.fixture(scope="module")
def boards(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty folder of boards, so that the bench is there too; one, so that one application."""
    return tmp_path_factory.mktemp("boards")


def test_every_permission_has_the_roles_that_a_person_wrote_down(database_kind: str) -> None:
    assert EXPECTED.keys() == set(Permission)
    for permission, roles in EXPECTED.items():
        assert {role.value for role in Role if permission in PERMISSIONS[role]} == roles


def test_every_route_says_whom_it_answers(house: House, tmp_path: Path, boards: Path) -> None:
    _, app = front_desk(house, tmp_path, bench_boards=boards)
    silent, needless = [], []
    for route in routes(app):
        path = route.path
        if path in OPEN:
            known = path.replace("{sha256}", "0" * 64)
            example = re.sub(r"\{[^}]*\}", "x", known) + ("/x" if isinstance(route, Mount) else "")
            assert UNITS.fullmatch(example) or STRANGERS.fullmatch(example), path
            continue
        calls = list(demands(route.dependant)) if isinstance(route, APIRoute) else []
        if MEMBERS.fullmatch(path):
            assert member_of in calls, f"add member: MemberDep to {path}"
            assert not any(isinstance(each, Needs) for each in calls), path
            continue
        assert member_of not in calls, f"a member never reaches {path}"
        if not any(isinstance(each, Needs) for each in calls):
            if path not in SIGNED_IN:
                silent.append(path)
            elif isinstance(route, APIRoute) and actor_of not in calls:
                needless.append(path)
    assert silent == [], "add actor: Annotated[Actor, needs(Permission.X)] to these"
    assert needless == []


def test_what_changes_something_demands_more_than_reading(
    house: House, tmp_path: Path, boards: Path
) -> None:
    reading = {each for each in Permission if each.value.endswith(":read")}
    _, app = front_desk(house, tmp_path, bench_boards=boards)
    harmless = re.compile(r".*(?:/preview|/what-if|/check|/changes|/effect)$|/logout")
    weak = [
        f"{each.method} {each.path}: {each.permission}"
        for each in asked(app)
        if each.method not in ("GET",)
        and not harmless.fullmatch(each.path)
        and (each.permission is None or each.permission in reading)
    ]
    assert weak == []


async def test_strangers_reach_none_of_it(house: House, tmp_path: Path, boards: Path) -> None:
    await add_operator(house, "owner")
    _, app = front_desk(house, tmp_path, bench_boards=boards)
    async with browser(app) as http:
        answers = {
            each: await http.request(each.method, each.address, headers={"accept": "*/*"})
            for each in asked(app)
        }
    assert len(answers) > 60
    assert [each for each, answer in answers.items() if answer.status_code != 401] == []
    assert len({answer.content for answer in answers.values()}) == 1


@pytest.mark.parametrize("role", [each.value for each in Role])
async def test_each_role_reaches_what_it_may_and_nothing_else(
    house: House, tmp_path: Path, boards: Path, role: str
) -> None:
    await add_operator(house, role, None if role == "owner" else str(SITE))
    _, app = front_desk(house, tmp_path, bench_boards=boards)
    wrong = []
    async with browser(app) as http:
        await sign_in(http, role)
        for each in asked(app):
            if each.path in NEVER_END or each.path.startswith("/account/sess"):
                continue
            answer = await http.request(each.method, each.address, headers={"accept": "*/*"})
            may = each.permission is None or role in EXPECTED[each.permission]
            if (answer.status_code == 403) is may or answer.status_code in (401, 500):
                wrong.append((role, each.method, each.path, answer.status_code, answer.text[:200]))
    assert wrong == []


async def test_without_a_recent_password_dangerous_acts_ask_for_it(
    house: House, tmp_path: Path, boards: Path
) -> None:
    await add_operator(house, "owner")
    _, app = front_desk(house, tmp_path, bench_boards=boards)
    async with browser(app) as http:
        await sign_in(http, "owner")
        house.now += 601
        dangerous = [each for each in asked(app) if each.proved]
        assert any(each.path.startswith("/operators") for each in dangerous)
        for each in dangerous:
            answer = await http.request(each.method, each.address)
            if each.path.startswith("/api/"):
                problem = answer.json()["type"]
                assert (answer.status_code, problem) == (403, "urn:loquet:problem:prove-first")
            else:
                told = httpx.URL(answer.headers["location"])
                assert (answer.status_code, told.path) == (303, "/account/prove"), each
