"""What belongs to another space does not exist: every route that names a thing is asked for it.

A route may name only what is listed here, and gets a body that fits, so that it is the thing's
own space that refuses, and nothing before it. An owner of one space alone asks, whom no page
makes: so there is no permission that hides a route from the question.
"""

import re
from pathlib import Path
from typing import Any

import httpx
import pytest

from loquet_contract.wire.sealing import seal
from loquet_server import models as m
from loquet_server.imports.service import CONTEXT
from tests.server.front_desk import add_operator, browser, front_desk, sign_in
from tests.server.house import SITE, START, UNIT, House
from tests.server.test_authorisation import Asked, asked
from tests.server.test_badges import sealed_for

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"])

IDS = {
    "access_point": "in", "account": "k1", "area": "salle", "badge": "c1", "digest": "d" * 64,
    "booking": "bk1", "command": "ul1",
    "desk": "d1", "equipment": "eq1", "feed": "bf1", "resource": "salle",
    "delivery": "1", "hook": "wh1", "channel": "nw1", "duty": "1",
    "door": "front", "encoding": "en1", "enrolment": "n1", "entry": "e1", "floor": "f1",
    "holder": "h1",
    "incident": "1", "sensor": "se1",
    "member": "h1", "membership": "y1", "operator": "op-host", "organisation": "o1",
    "passage": "1", "plan": "resident", "proof": "dp1", "run": "i1", "schedule": "always",
    "screen": "sc1", "theft": "tf1",
    "site": "maison",
    "subscription": "s1", "token": "tk1", "unit": "hall", "use": "1", "visit": "w1", "way": "in",
    "waiting": "00000000000000aa", "wish": "q1",
}  # fmt: skip
"""Things of the house, by the names that routes give them."""
CHOICES = {
    "act": "lost", "direction": "up", "means": "mail", "kind": "room", "step": "mapping",
    "year": "2026",
}  # fmt: skip
"""Parts of addresses that choose what to do, and name nothing."""
NAMELESS = {
    "/occupancy/report/{year}",
    "/occupancy/report/{year}/months.svg",
    "/occupancy/report/{year}/months.csv",
    "/setup/{step}/skip",
    "/card-keys/{version}/retire",
    "/exports/{kind}.csv",
    "/api/v1/exports/{kind}",
}
"""Routes about the server, or the space that the caller has anyway."""
ENDS = re.compile(
    r"DELETE .*"
    r"|.*/(?:delete|drop|end|remove|cancel|archive|undo|away|erase|close|resolve|stolen|adopt|refuse)"
)
"""Routes after which a thing is gone, which others would miss."""
ORDER = {"reason": "try"}
HOOK = {"name": "Chat", "url": "https://127.0.0.1/x", "events": ["unit.online"]}
DUTY = {"operator": "op-host", "weekdays": [0], "since": "08:00", "until": "20:00"}
PLAN = {"name_fr": "Résident", "rights": []}
SENSOR = {
    "name": "Window", "desk": "d1", "watches": "pir", "topic": "a", "active": ["ON"],
    "idle": ["OFF"],
}  # fmt: skip
DAYS = {"starts_on": "2026-01-01", "ends_on": "2026-12-31"}
BODIES: dict[str, Any] = {
    "PATCH /api/v1/members/{member}": {},
    "PATCH /api/v1/sites/{site}": {},
    "PATCH /api/v1/units/{unit}": {"name": "Hall"},
    "POST /api/v1/units/{unit}/remove": ORDER,
    "POST /api/v1/units/{unit}/take-over": {"doors": ["front"]},
    "POST /api/v1/units/{unit}/restart": ORDER,
    "POST /api/v1/units/{unit}/fetch-policy": ORDER,
    "POST /api/v1/units/{unit}/logs": ORDER,
    "POST /api/v1/accounts/{account}/corrections": {"amount": 1, "reason": "try"},
    "POST /api/v1/accounts/{account}/purchases": {"amount": 1},
    "POST /api/v1/areas/{area}/lift": ORDER,
    "POST /api/v1/areas/{area}/lock-down": ORDER,
    "POST /api/v1/areas/{area}/people": {"people": 3, "reason": "try"},
    "POST /api/v1/badges/{badge}/hand-out": {"holder": "h1"},
    "POST /api/v1/badges/{badge}/{act}": {},
    "POST /api/v1/bookings/{booking}/cancel": {},
    "POST /api/v1/doors/{door}/block": ORDER,
    "POST /api/v1/units/{unit}/stolen": ORDER,
    "POST /api/v1/doors/{door}/lift": ORDER,
    "POST /api/v1/doors/{door}/lock-down": ORDER,
    "POST /api/v1/doors/{door}/proof": {"act": "begin", "word": "Camille"},
    "POST /api/v1/doors/{door}/release": ORDER,
    "POST /api/v1/doors/{door}/unblock": ORDER,
    "POST /api/v1/imports/{run}/apply": {},
    "POST /api/v1/members/{member}/memberships": DAYS,
    "POST /api/v1/members/{member}/memberships/{membership}/pay": {"paid_on": "2026-01-02"},
    "POST /api/v1/incidents/{incident}/acknowledge": {},
    "POST /api/v1/incidents/{incident}/mute": {"until": "2025-10-12"},
    "POST /api/v1/incidents/{incident}/notes": {"note": "try"},
    "POST /api/v1/incidents/{incident}/resolve": {},
    "POST /api/v1/members/{member}/erase": {"name": "Camille", "reason": "try"},
    "POST /api/v1/members/{member}/suspend": ORDER,
    "POST /api/v1/passes/{use}/refund": ORDER,
    "POST /api/v1/plans/{plan}/effect": PLAN,
    "POST /api/v1/sites/{site}/duties": DUTY,
    "POST /api/v1/sites/{site}/hooks": HOOK,
    "POST /api/v1/sites/{site}/lift": ORDER,
    "POST /api/v1/sites/{site}/lock-down": ORDER,
    "POST /api/v1/subscriptions/{subscription}/end": {"ends_on": "2026-01-31"},
    "POST /api/v1/units/{unit}/identify": ORDER,
    "POST /api/v1/waiting-units/{waiting}/adopt": {},
    "PUT /api/v1/access-points/{access_point}": {"minimum_assurance": 2},
    "PUT /api/v1/areas/{area}": {"name": "Salle"},
    "PUT /api/v1/bookings/{booking}": {
        "kind": "desk", "resource": "d1", "holder": "h1", "starts": "2025-10-10T10:00",
        "ends": "2025-10-10T11:00",
    },
    "PUT /api/v1/calendar/{entry}": {
        "kind": "closure", "name": "Pont", "starts": "2026-05-15T00:00", "ends": "2026-05-16T00:00",
    },
    "PUT /api/v1/doors/{door}": {"name": "Front"},
    "PUT /api/v1/floors/{floor}": {"name": "Ground", "revision": 1},
    "PUT /api/v1/hooks/{hook}": HOOK,
    "PUT /api/v1/imports/{run}/mapping": {"columns": {"0": "name"}},
    "PUT /api/v1/sites/{site}/notice-terms": {"escalate": 10},
    "PUT /api/v1/operators/{operator}/notice-rules": {"least": "urgent"},
    "POST /api/v1/operators/{operator}/notice-ways": {"way": "mail", "to": "x@maison.example"},
    "PUT /api/v1/organisations/{organisation}": {"name": "La Commune"},
    "PUT /api/v1/plans/{plan}": PLAN,
    "PUT /api/v1/sites/{site}/pin-rule": {"length": 6},
    "PUT /api/v1/schedules/{schedule}": {"name": "Always", "always": True},
    "PUT /api/v1/sensors/{sensor}": SENSOR,
    "PUT /api/v1/subscriptions/{subscription}": DAYS,
}  # fmt: skip
"""What each route of the API wants to be sent; forms may be empty, they are read after."""
QUERIES = {
    "GET /api/v1/explain/holders/{holder}": {"access_point": "in"},
    "POST /api/v1/rotation/units/{unit}/leave": {"site": str(SITE)},
}


def things(house: House) -> list[list[m.Base]]:
    """Return one of everything that the house has not yet, in order of their references."""
    site, draft = str(SITE), seal(house.keys.seal_public, b"Nom\nZo\n", CONTEXT).encode()
    session = {"csrf": "x", "created_at": START, "seen_at": START, "proved_at": START}
    return [
        [
            m.Organisation(id="o1", site=site, name="La Commune"),
            m.CalendarEntry(
                id="e1", site=site, kind="closure", name="Pont", starts="2026-05-15T00:00",
                ends="2026-05-16T00:00",
            ),
            m.Incident(id=1, site=site, kind="door_held_open", first_at=START, last_at=START),
            m.ImportRun(id="i1", site=site, at=START, actor="x", complete=False, content=draft),
            *(
                m.BadgeEnrolment(
                    id=name, site=site, access_point="in", holder=holder, asked_at=START,
                    expires_at=START + 120_000,
                )
                for name, holder in (("n1", "h1"), ("n2", None))
            ),
            a_theft(site),
            m.BadgeEncoding(
                id="en1", site=site, badge="c1", unit=UNIT, reader="r", actor="x", asked_at=1,
                expires_at=START + 120_000,
            ),
            m.ExtraWindow(
                id="w1", site=site, holder="h1", area="salle", starts_at=1, ends_at=START + 9_000
            ),
            m.Membership(id="y1", holder="h1", starts_on="2025-01-01", ends_on="2025-12-31"),
            m.PassAccount(id="k1", site=site, plan="resident", organisation="o1"),
            m.Passage(
                id=1, journal="j1", sequence=1, site=site, unit=UNIT, door="front",
                access_point="in", at=START, day="2025-10-09", outcome="denied",
                reason="credential_unknown", area_from="outside", area_to="salle",
                sealed=sealed_for(house, "04ffffffffffff"),
            ),
            *of_this_year(site),
            m.ApiToken(id="tk1", operator="op-own", name="x", digest="x" * 64, created_at=START),
            m.OperatorSession(
                id="d" * 64, operator="op-own", expires_at=START + 86_400_000, **session
            ),
        ],
        [
            m.PassUse(id=1, account="k1", holder="h1", period=START, day="2025-10-09", at=START),
        ],
        *drawn(site),
        *at_doors(site),
        *hooks(house),
    ]  # fmt: skip


def a_theft(site: str) -> m.Base:
    """Return a unit that was reported stolen."""
    return m.Theft(
        id="tf1", site=site, unit=UNIT, name="Hall", at=START, actor="x", doors=[],
        known={"hours_until": START}, pepper=2,
    )  # fmt: skip


def at_doors(site: str) -> list[list[m.Base]]:
    """Return a PIN, a proof of a door, and what its unit found of itself."""
    return [
        [
            m.Pin(
                holder="h1", site=site, digits_sealed="-", digest="x" * 43, length=6,
                made_by="member", made_at=START,
            ),
            m.DoorProof(id="dp1", site=site, unit=UNIT, door="front", acts=[], words=[]),
            m.UnitExam(unit=UNIT, findings=[], examined_at=START),
        ]
    ]  # fmt: skip


def drawn(site: str) -> list[list[m.Base]]:
    """Return a sensor of the space's own, a floor plan with its picture, a unit that waits."""
    return [
        [
            m.Sensor(
                id="se1",
                site=site,
                unit=UNIT,
                desk="d1",
                name="Window",
                watches="pir",
                topic="a",
                active=["ON"],
                idle=["OFF"],
            ),
            m.Floor(id="f1", site=site, name="Ground", image="d" * 64),
            m.WaitingUnit(
                id="00000000000000aa",
                site=site,
                way="card",
                public_key="k",
                seal_key="k",
                tls_key="",
                commitment="c",
                code="K7M-4QX",
                blinks="3142",
                model="",
                serial="",
                software="",
                address="",
                first_at=START,
                seen_at=START,
                state="waiting",
            ),
        ],
        [m.FloorImage(floor="f1", digest="d" * 64, width=1, height=1, body=b"x")],
    ]


def hooks(house: House) -> list[list[m.Base]]:
    """Return a webhook, and a message to it."""
    secret = seal(house.keys.seal_public, b"whsec_" + b"A" * 44, "hook-secret")
    told = {"message": "msg_1", "kind": "unit.online", "body": "{}", "attempts": 1}
    return [
        [
            m.Hook(
                id="wh1", site=str(SITE), name="Chat", url="https://127.0.0.1/x", events=[],
                secret=secret, created_at=START,
            ),
        ],
        [m.UnitLogOrder(command="ul1", unit=UNIT, actor="op-own", asked_at=START)],
        [m.HookDelivery(id=1, hook="wh1", at=START, next_at=START, state="dead", **told)],
        [
            m.NoticeChannel(
                id="nw1", operator="op-host", way="mail", shown="x", sealed="-", created_at=START
            ),
            m.Duty(id=1, site=str(SITE), operator="op-host", weekdays=[0], since=0, until=60),
        ],
    ]  # fmt: skip


def of_this_year(site: str) -> list[m.Base]:
    """Return a screen, a wish to be let in, and what can be booked, with a booking."""
    return [
        m.Screen(
            id="sc1",
            site=site,
            name="Entrée",
            digest="e" * 64,
            created_at=START,
            created_by="x",
        ),
        m.HelpRequest(
            id="q1",
            site=site,
            holder="h1",
            door="front",
            asked_at=START,
            expires_at=START + 600_000,
        ),
        m.Equipment(id="eq1", site=site, name="Projector"),
        m.BookingFeed(
            id="bf1",
            site=site,
            kind="room",
            resource="salle",
            digest="b" * 64,
            created_at=START,
        ),
        m.Booking(
            id="bk1",
            site=site,
            kind="desk",
            resource="d1",
            holder="h1",
            created_at=START,
            starts_at=START + 86_400_000,
            ends_at=START + 90_000_000,
            free_at=START + 90_000_000,
            changed_at=START,
        ),
    ]


def names(each: Asked) -> list[str]:
    """Return what the address of a route names."""
    return re.findall(r"\{(\w+)[^}]*\}", each.path)


async def ask(http: httpx.AsyncClient, each: Asked) -> httpx.Response:
    """Ask a route for the house's own thing."""
    route = f"{each.method} {each.path}"
    ids = IDS | CHOICES | ({} if "member" in names(each) else {"enrolment": "n2"})
    path = re.sub(r"\{(\w+)[^}]*\}", lambda found: ids[found[1]], each.path)
    return await http.request(
        each.method, path, json=BODIES.get(route), params=QUERIES.get(route),
        headers={"accept": "*/*"},
    )  # fmt: skip


def told(each: Asked, answer: httpx.Response) -> str:
    """Return what a route answered, in short."""
    return f"{each.method} {each.path}: {answer.status_code} {answer.text[:200]}"


async def test_what_belongs_to_another_space_does_not_exist(house: House, tmp_path: Path) -> None:
    async with house.database.with_transaction() as session:
        session.add(m.Site(id="verger", name="Le Verger"))
    await add_operator(house, "host", str(SITE))
    await add_operator(house, "owner", str(SITE), id="op-own", mail="own@maison.example")
    await add_operator(house, "owner", "verger", name="Stranger")
    async with house.database.with_transaction() as session:
        for rows in things(house):
            session.add_all(rows)
            await session.flush()
    _, app = front_desk(house, tmp_path)
    naming = [each for each in asked(app) if names(each) and each.path not in NAMELESS]
    strange = {name for each in naming for name in names(each)} - IDS.keys() - CHOICES.keys()
    assert strange == set(), "add one of these to the house, and its name to IDS"
    async with browser(app) as own, browser(app) as foreign:
        await sign_in(own, "own")
        await sign_in(foreign, "owner")
        theirs = {each: await ask(foreign, each) for each in naming}
        mine = {
            each: await ask(own, each)
            for each in naming
            if ENDS.fullmatch(f"{each.method} {each.path}") is None
        }
    assert [told(*each) for each in theirs.items() if each[1].status_code != 404] == []
    assert not any("Camille" in answer.text for answer in theirs.values())
    unproven = [told(*each) for each in mine.items() if each[1].status_code in (401, 403, 404, 500)]
    assert unproven == [], "these name nothing, so they prove nothing"
