"""A unit has got its identity, by whichever way: what is written down, and in which order."""

import contextlib
from dataclasses import dataclass
from pathlib import Path

from loquet_contract.wire.enrolment import Identity
from loquet_edge.config import UnitConfig, load
from loquet_edge.errors import EdgeError
from loquet_edge.identity import UnitIdentity, write_private
from loquet_edge.link.fetch import Unreachable, Web, fetch_policy, open_web
from loquet_edge.policy_file import Held
from loquet_edge.policy_writer import PolicyRefusal, PolicyWriter
from loquet_edge.tls_identity import TlsFolder, TlsKey, WrongCertificate

_PROBE = ".loquet.probe"


class EnrolmentError(EdgeError):
    """The unit could not be let in; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Enrolled:
    """What an enrolment has made. ``policy`` is None if the first one is still to come."""

    identity: UnitIdentity
    config: UnitConfig
    wrote_config: bool
    policy: Held | None
    notes: tuple[str, ...] = ()


def check_writable(config_file: Path, before: UnitConfig | None, again: bool) -> None:
    """Find out before the server is asked; raise EnrolmentError."""
    if before is not None and before.identity.exists() and not again:
        raise EnrolmentError(
            f"{before.identity}: this unit has an identity already; to replace it, say --again"
        )
    folder = config_file.parent
    probe = folder / _PROBE
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise EnrolmentError(
            f"{folder}: cannot be written ({error.strerror}); run as the user who owns it, or root"
        ) from error


def settle(
    identity: UnitIdentity,
    tls_key: TlsKey,
    config_file: Path,
    pending: Path,
    web: Web = open_web,
) -> Enrolled:
    """Write identity, certificate, a ``unit.toml`` if there is none, and the first policy.

    ``pending`` keeps the keys of the exchange; it goes once they are in the identity. Raises
    EnrolmentError.
    """
    wrote = not config_file.exists()
    if wrote:
        _suggest(config_file, identity.identity)
    config = load(config_file)
    identity.save(config.identity)
    _keep_certificate(TlsFolder(config.identity.parent), tls_key, identity.identity)
    pending.unlink(missing_ok=True)
    if config_file.parent != config.identity.parent:  # where its key waited for a certificate
        (config_file.parent / "tls.key").unlink(missing_ok=True)
    if (config.site, config.unit) != (identity.identity.site, identity.identity.unit):
        raise EnrolmentError(
            f"{config_file}: [unit] says site {config.site!r}, id {config.unit!r}, but the server"
            f" has enrolled site {identity.identity.site!r}, unit {identity.identity.unit!r};"
            " correct the file, or enrol with a code for that unit"
        )
    policy, notes = _first_policy(config, identity, web)
    return Enrolled(identity, config, wrote, policy, notes)


def _keep_certificate(folder: TlsFolder, key: TlsKey, identity: Identity) -> None:
    try:
        folder.keep_identity(key, identity)
    except WrongCertificate as error:
        raise EnrolmentError(
            f"the server's answer has a certificate that does not fit: {error}; ask once more"
        ) from error


def _suggest(config_file: Path, identity: Identity) -> None:
    """Write the configuration that the server suggests."""
    if not identity.unit_toml:
        raise EnrolmentError(
            f"{config_file}: there is none, and the server suggests none; copy one of"
            " hardware/examples, then ask once more in the same way"
        )
    write_private(config_file, identity.unit_toml)
    config_file.chmod(0o644)


def _first_policy(
    config: UnitConfig, identity: UnitIdentity, web: Web
) -> tuple[Held | None, tuple[str, ...]]:
    config.data.mkdir(parents=True, exist_ok=True)
    path = config.data / "policy.db"
    who = identity.identity
    writer = PolicyWriter(path, identity.verifier, who.site, who.unit, who.pepper_id)
    with contextlib.closing(writer):
        try:
            return fetch_policy(identity, writer, web), ()
        except (Unreachable, PolicyRefusal, ValueError) as error:
            return None, (f"the first policy has not come yet ({error}); the unit asks again",)
