"""With what the server itself comes to the broker."""

import ssl
import tempfile
import time

from loquet_contract.wire.broker_context import broker_context
from loquet_server.authority import Authority
from loquet_server.keys import Keys


def office_context(keys: Keys) -> ssl.SSLContext:
    """Return the server's side of a connection to the broker, with a certificate made now.

    OpenSSL takes keys from files only; this one is gone before anybody can use it.
    """
    authority = Authority.of(keys)
    certificate, key = authority.issue_office(int(time.time() * 1000))
    found = broker_context(authority.certificate_pem)
    with tempfile.NamedTemporaryFile("w", prefix="loquet-", suffix=".pem") as file:  # mode 0600
        file.write(key + certificate)
        file.flush()
        found.load_cert_chain(file.name)
    return found


def reachable(host: str) -> str:
    """Return where to connect to what listens on ``host``: "any address" is no place to go."""
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
