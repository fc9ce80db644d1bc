"""Units come by certificate: enrolled, shut out, and let in again by a new code alone."""

from __future__ import annotations

from tests.brokers import until
from tests.journey.stack import Stack


def test_a_unit_comes_by_its_certificate(stack: Stack) -> None:
    stack.wait_online()
    unit = stack.entree
    who = unit.identity.identity
    assert who.broker_tls
    assert "BEGIN CERTIFICATE" in (who.certificate or "")
    assert (unit.folder / "tls.pem").stat().st_mode & 0o777 == 0o600


def test_a_revoked_unit_loses_its_session_at_once_and_comes_back_only_with_a_new_code(
    stack: Stack,
) -> None:
    unit, turned_away, told = stack.atelier, refusals(stack), stack.incidents("broker_refused")
    done = stack.run("revoke", unit.name, "--reason", "stolen")
    assert done.returncode == 0, done.stderr
    assert not stack.shown(unit)["online"]
    with unit.journal() as journal:
        said = journal.acked()[0]
    until(lambda: refusals(stack) > turned_away, "it is refused at the door")
    until(lambda: stack.incidents("broker_refused") > told, "an incident is raised")
    code = stack.run("add-unit", unit.name)
    again = stack.run_edge("enrol", code.stdout.strip(), "--config", str(unit.config), "--again")
    assert again.returncode == 0, again.stderr
    stack.stop_unit(unit)
    stack.start_unit(unit)
    stack.wait_online()
    with unit.journal() as journal:
        assert journal.acked()[0] > said


def refusals(stack: Stack) -> int:
    """How often the broker's log says that somebody was refused."""
    return (stack.data / "broker" / "nats.log").read_text().count("authentication error")
