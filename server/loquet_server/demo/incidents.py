"""Three incidents with different lives, and who is told of them, so that their pages show some."""

from collections.abc import Iterator

from loquet_server import models
from loquet_server.days import DAY_MS, HOUR_MS
from loquet_server.demo import village
from loquet_server.keys import Keys
from loquet_server.models.base import Base
from loquet_server.notices.ways import sealed

MINUTE_MS = 60_000
HOST, OWNER = "op-demo-host", "op-demo-owner"
"""They have no password: nobody signs in as them."""


def rows(keys: Keys, now_ms: int) -> Iterator[Base]:
    """Yield the rows, in order of their references."""
    yield from _people(keys, now_ms)
    lock, journal, held = found = _incidents(now_ms)
    yield from found
    # One row of another table between: what follows refers to numbers that the database gave.
    yield models.NoticeTerms(site=village.SITE, escalate=15, digest_at=8 * 60)
    yield from _story(lock, journal, held)
    yield from _told(lock)


def _people(keys: Keys, now_ms: int) -> Iterator[Base]:
    """Their mail is shown in the demo's terminal; what is urgent alone, so it stays in peace."""
    at = now_ms - 90 * DAY_MS
    for operator, name, role in ((HOST, "Lou Martin", "host"), (OWNER, "Dominique Roy", "owner")):
        yield models.Operator(
            id=operator, site=village.SITE, mail=f"{role}@le-moulin.example", name=name, role=role,
            language="fr", created_at=at,
        )  # fmt: skip
    for operator in (HOST, OWNER):
        address = {"to": f"{operator.removeprefix('op-demo-')}@le-moulin.example"}
        yield models.NoticeChannel(
            id=_way(operator), operator=operator, way="mail",
            shown=f"{address['to']} (démonstration : s'affiche dans le terminal)",
            sealed=sealed(keys, address), enabled=True, failing_since=None, created_at=at,
        )  # fmt: skip
    yield models.NoticeRule(operator=HOST, least="urgent", urgent_passes=True)
    yield models.NoticeRule(
        operator=OWNER, least="urgent", quiet_from=22 * 60, quiet_until=7 * 60, urgent_passes=True
    )
    for operator, days, since, until, rank in (
        (HOST, [0, 1, 2, 3, 4], 8 * 60, 20 * 60, 1),
        (OWNER, [0, 1, 2, 3, 4, 5], 7 * 60, 23 * 60, 2),
    ):
        yield models.Duty(
            site=village.SITE, operator=operator, weekdays=days, since=since, until=until, rank=rank
        )


def _way(operator: str) -> str:
    return f"nw-{operator.removeprefix('op-')}"


def _incidents(now_ms: int) -> tuple[models.Incident, models.Incident, models.Incident]:
    """One that somebody closed, one that somebody looks after, and one that ended by itself."""
    lock, journal, held = now_ms - 26 * HOUR_MS, now_ms - 3 * DAY_MS, now_ms - 8 * DAY_MS
    return (
        models.Incident(
            site=village.SITE, unit="entree", kind="lock_fault", subject="entree",
            detail="no answer", count=3, first_at=lock, last_at=lock + 20 * MINUTE_MS,
            ended_at=lock + 50 * MINUTE_MS, ended_by="Dominique Roy",
            acknowledged_at=lock + 9 * MINUTE_MS, acknowledged_by="Lou Martin", round=1,
            round_at=lock, revision=5,
        ),
        models.Incident(
            site=village.SITE, unit="entree", kind="journal_replaced", subject="", detail="",
            count=1, first_at=journal, last_at=journal, round=1, round_at=journal, revision=2,
            acknowledged_at=journal + 2 * HOUR_MS, acknowledged_by="Dominique Roy",
        ),
        models.Incident(
            site=village.SITE, unit="entree", kind="door_held_open", subject="entree", detail="",
            count=2, first_at=held, last_at=held + 6 * MINUTE_MS, round=1, round_at=held,
            ended_at=held + 8 * MINUTE_MS, revision=4,
        ),
    )  # fmt: skip


def _story(
    lock: models.Incident, journal: models.Incident, held: models.Incident
) -> Iterator[Base]:
    for row, after, step, actor, text in (
        (lock, 9 * MINUTE_MS, "acknowledged", "Lou Martin", "J'y vais."),
        (lock, 50 * MINUTE_MS, "resolved", "Dominique Roy", "Vis de la gâche resserrées."),
        (journal, 2 * HOUR_MS, "acknowledged", "Dominique Roy", "Carte SD changée lundi."),
        (held, 2 * MINUTE_MS, "ended", None, ""),
        (held, 6 * MINUTE_MS, "reopened", None, ""),
        (held, 8 * MINUTE_MS, "ended", None, ""),
    ):
        at = row.first_at + after
        yield models.IncidentStep(incident=row.id, at=at, step=step, actor=actor, note=text)


def _told(lock: models.Incident) -> Iterator[Base]:
    yield models.Notice(
        incident=lock.id, round=1, channel=_way(HOST), operator=HOST, level=1, state="sent",
        at=lock.first_at, next_at=lock.first_at, attempts=1, tried_at=lock.first_at, said="",
        together=1,
    )  # fmt: skip
