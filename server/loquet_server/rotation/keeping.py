"""Goes on with rotations by itself, as units come to hold and to enforce what is new."""

from typing import Final

from loquet_server.chores import again
from loquet_server.office import Office, committed
from loquet_server.peppers.repository import PepperRepository
from loquet_server.rotation.repository import RotationRepository
from loquet_server.rotation.service import RotationService

SECONDS: Final = 2.0


async def keep_rotating(office: Office) -> None:
    """Go on with rotations until cancelled."""

    async def work() -> None:
        await go_on(office)

    await again("rotate", work, every=SECONDS)


async def go_on(office: Office) -> None:
    """Do what can be done now, at every site."""
    async with office.database.reading() as session:
        repository = RotationRepository(session)
        bare, rotating = await repository.without_rows(), await repository.rotating()
    for site in bare:
        async with committed(office) as transaction:
            await PepperRepository(transaction.session, office.keys, site).settled(office.now_ms())
    for site in rotating:
        while await _prepared(office, site):
            pass
        while await _advanced(office, site):
            pass


async def _prepared(office: Office, site: str) -> bool:
    async with committed(office) as transaction:
        return await RotationService(office, transaction, "schedule", site).prepare()


async def _advanced(office: Office, site: str) -> bool:
    async with committed(office) as transaction:
        return await RotationService(office, transaction, "schedule", site).advance()
