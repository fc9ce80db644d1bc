"""The log of the policy's file ends while both processes that have it open go on."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from loquet_contract.wire.signing import SigningKey
from loquet_edge.identity import UnitIdentity
from tests.edge.rig.rig_unit import RigUnit, a_rig_unit, cards
from tests.rig import laid_in

HOLDERS = 500
LONG = 50_000
"""Bytes from which the log is long here; a policy of so many holders writes several times that."""
RELEASED = 1


@contextlib.contextmanager
def a_server(lines: list[str]) -> Iterator[str]:
    """Serve one policy, and nothing else, at the address that comes back."""

    class Policy(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["content-length"]))
            there = self.path.endswith("/policy")
            text = "\n".join(lines).encode() if there else b""
            self.send_response(200 if there else 404)
            self.send_header("content-length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, *_: object) -> None:
            return

    with ThreadingHTTPServer(("127.0.0.1", 0), Policy) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()


def belongs_to(unit: RigUnit, address: str) -> None:
    """Let the unit be one of the server at this address."""
    known = replace(unit.server.identity().identity, server_address=address)
    UnitIdentity(known, SigningKey.generate()).save(unit.config.identity)


def test_a_policy_that_was_fetched_leaves_no_log_behind_while_door_reads_it() -> None:
    with a_rig_unit(holders=0) as unit, a_server(unit.server.policy(cards(HOLDERS))) as address:
        belongs_to(unit, address)
        unit.rig.more |= laid_in.words(long_log=LONG)
        unit.start()
        file, log = (unit.config.data / name for name in ("policy.db", "policy.db-wal"))

        def ended() -> bool:
            return file.exists() and file.stat().st_size > LONG and log.stat().st_size == 0

        unit.wait(ended, "all of the policy in its file, and none in the log")
        working = [unit.process(name).is_running() for name in ("door", "link")]
        assert working == [True, True]
        unit.lock(RELEASED, unit.tap(HOLDERS - 1))
