"""The broker's files stay good while the server runs: its certificate, and who is shut out."""

from pathlib import Path

from loquet_server.authority import Authority
from loquet_server.broker import Broker
from loquet_server.certificates.files import BrokerFiles, names_for
from loquet_server.certificates.repository import CertificateRepository
from loquet_server.chores import again
from loquet_server.database import Database
from loquet_server.keys import Keys
from loquet_server.office import Office
from loquet_server.settings import Settings

LOOK_SECONDS = 6 * 3600.0
"""A certificate is renewed months before its end; so often is often enough."""


def embedded_files(settings: Settings, keys: Keys, now_ms: int) -> BrokerFiles | None:
    """Return the embedded broker's files, made good; None where it speaks in clear."""
    if not settings.broker_secure:
        return None
    found = BrokerFiles(settings.broker_folder / "tls")
    found.keep_certificate(Authority.of(keys), names_for(settings), now_ms)
    return found


async def write_files(
    folder: Path, settings: Settings, keys: Keys, database: Database, now_ms: int
) -> bool:
    """Bring the files of an external mosquitto up to date; True if one of them is new."""
    async with database.reading() as session:
        repository = CertificateRepository(session)
        revoked, shut_out = await repository.revoked(), await repository.shut_out()
    found, authority = BrokerFiles(folder), Authority.of(keys)
    wrote = found.keep_certificate(authority, names_for(settings), now_ms)
    last = max((at for _, at in revoked), default=0)
    serials = [serial for serial, _ in revoked]
    return found.keep_revoked(authority, serials, last, shut_out) or wrote


async def refresh_files(office: Office) -> None:
    """Write the files of an external broker, if this server keeps them."""
    folder = office.settings.broker_files
    if folder is not None:
        await write_files(folder, office.settings, office.keys, office.database, office.now_ms())


async def keep_broker(office: Office, broker: Broker | None) -> None:
    """Renew the broker's certificate in time, for as long as the server runs."""

    async def work() -> None:
        await refresh_files(office)
        if broker is not None and broker.tls is not None:
            authority, names = Authority.of(office.keys), names_for(office.settings)
            if broker.tls.keep_certificate(authority, names, office.now_ms()):
                await broker.read_again()

    await again("keep-certificates", work, every=LOOK_SECONDS)
