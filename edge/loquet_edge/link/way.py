"""How this unit comes to its broker: where to, as whom, and by which certificate."""

from collections.abc import Callable

from loquet_edge.identity import UnitIdentity
from loquet_edge.link.session import Broker
from loquet_edge.tls_identity import TlsFolder


def way_to_broker(
    identity: UnitIdentity,
    folder: TlsFolder,
    instead: tuple[str, int] | None,
    clock_trusted: Callable[[], bool],
) -> Broker:
    """Return the broker as the server said last; ``instead``: host and port of our own choice."""
    who, place = identity.identity, folder.place(identity.identity)
    host, port = instead or (place.host, place.port)
    return Broker(
        host,
        port,
        who.broker_user,
        who.broker_password,
        f"loquet-{who.unit}",
        place.tls,
        (lambda: folder.context(clock_trusted())) if place.tls else None,
    )
