"""A webhook with a past, and the public state, so that their pages show something."""

from collections.abc import Iterator

from loquet_contract.wire.sealing import seal
from loquet_server.days import HOUR_MS
from loquet_server.demo import village
from loquet_server.hooks.courier import CONTEXT
from loquet_server.hooks.outbox import body_of
from loquet_server.hooks.signing import new_message, new_secret
from loquet_server.keys import Keys
from loquet_server.models import Hook, HookDelivery, Preference
from loquet_server.models.base import Base
from loquet_server.spaceapi.schemas import PublicSpace
from loquet_server.spaceapi.service import preference_of

EVENTS = ["door.forced_open", "lockdown.begun", "lockdown.lifted"]
"""None that the life of the demo brings about by itself: the address is nobody's."""
_PAST = (
    (51, "lockdown.begun", "delivered", 1, 200, None, 184),
    (50, "lockdown.lifted", "delivered", 2, 204, None, 96),
    (30, "door.forced_open", "dead", 11, None, "no_connection", 12),
    (5, "door.forced_open", "delivered", 1, 200, None, 143),
)
"""Hours ago, event, state, tries, status, problem, milliseconds."""


def rows(keys: Keys, now_ms: int) -> Iterator[Base]:
    """Yield the rows."""
    sealed = seal(keys.seal_public, new_secret().encode(), CONTEXT)
    yield Hook(
        id="wh-chat", site=village.SITE, name="Messagerie de l'équipe",
        url="https://messagerie.example/loquet", events=EVENTS, secret=sealed, enabled=True,
        stopped_at=None, created_at=now_ms - 60 * HOUR_MS,
    )  # fmt: skip
    for hours, kind, state, attempts, status, problem, took in _PAST:
        at = now_ms - hours * HOUR_MS
        data = {"site": village.SITE, "unit": "entree", "door": "entree", "lockdown": "5f0c2b"}
        yield HookDelivery(
            hook="wh-chat", message=new_message(), kind=kind, body=body_of(kind, data, at), at=at,
            state=state, attempts=attempts, next_at=at, tried_at=at, status=status,
            problem=problem, took_ms=took,
        )  # fmt: skip
    said = PublicSpace(
        enabled=True, url="https://le-moulin.example/",
        logo="https://le-moulin.example/logo.svg", latitude=48.117, longitude=-1.677,
        mail="bonjour@le-moulin.example", hint="Au fond de la cour, porte verte", people=True,
    )  # fmt: skip
    yield Preference(name=preference_of(village.SITE), value=said.model_dump())
