"""TLS towards the broker, for units and server alike: whom both believe, and by which name."""

import ssl
from typing import Any

from loquet_contract.wire.certificates import BROKER_NAME


class BrokerContext(ssl.SSLContext):
    """Looks for the broker's fixed name, by whatever address it is reached."""

    def wrap_socket(self, *args: Any, **more: Any) -> ssl.SSLSocket:
        """Return the wrapped socket; what the caller says of the host's name is not used."""
        return super().wrap_socket(*args, **{**more, "server_hostname": BROKER_NAME})


def broker_context(authority: str) -> BrokerContext:
    """Return a context that believes this authority (PEM) alone; the caller adds its own key."""
    found = BrokerContext(ssl.PROTOCOL_TLS_CLIENT)
    found.minimum_version = ssl.TLSVersion.TLSv1_2
    found.load_verify_locations(cadata=authority)
    return found
