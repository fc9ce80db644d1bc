"""What Home Assistant may order, carried out by the doors' own room, as an order from a page is."""

from loquet_server.homeassistant.bridge import CannotRelease, Release
from loquet_server.live.orders import OrderFailed
from loquet_server.office import Office
from loquet_server.page_orders import DoorOrders


def releasing(office: Office) -> Release:
    """Return what releases a door of this office, and records who asked and why."""
    orders = DoorOrders(office)

    async def release(door: str, reason: str, actor: str) -> None:
        try:
            await orders.release(door, reason, actor)
        except OrderFailed as error:
            raise CannotRelease(error.detail) from error

    return release
