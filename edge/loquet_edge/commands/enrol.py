"""``loquet-edge enrol``: the first exchange with the server, in words for the installer."""

from collections.abc import Iterator
from pathlib import Path

from loquet_edge import enrolment
from loquet_edge.commands.adopt import RESTART


def enrol(code: str, config: Path, *, again: bool) -> Iterator[str]:
    """Enrol the unit that ``config`` describes; give lines to print. Raise EnrolmentError."""
    done = enrolment.enrol(code, config, again=again)
    who = done.identity.identity
    yield f"enrolled as unit {who.unit} of {who.site}, server {who.server_address}"
    yield f"identity: {done.config.identity}"
    yield f"configuration: {done.config.file}" + (" (new)" if done.wrote_config else "")
    if done.policy is not None:
        yield f"policy: version {done.policy.version}, {done.policy.records} records"
    yield from done.notes
    if again:
        yield RESTART
    yield f"next: loquet-edge check --config {done.config.file}"
