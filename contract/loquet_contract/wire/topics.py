"""Topics, built and parsed here only.

loquet/v1/{site}/units/{unit}/{channel}
loquet/v1/{site}/areas/{area}/counts
loquet/v1/{site}/areas/{area}/desks/{desk}
"""

from dataclasses import dataclass
from enum import StrEnum

from loquet_contract.ids import AreaId, DeskId, InvalidId, SiteId, UnitId, check_id

PREFIX = "loquet/v1"


class Channel(StrEnum):
    """What a unit's topic carries."""

    EVENTS = "events"
    ACK = "ack"
    ONLINE = "online"
    STATE = "state"
    POLICY = "policy"
    DELTA = "delta"
    DESIRED = "desired"
    MOVING = "moving"
    COMMANDS = "commands"
    REPLY = "reply"
    SENSORS = "sensors"
    SEEN = "seen"


FROM_UNIT = (Channel.EVENTS, Channel.ONLINE, Channel.STATE, Channel.REPLY, Channel.SEEN)
TO_UNIT = (
    Channel.ACK, Channel.POLICY, Channel.DELTA, Channel.DESIRED, Channel.MOVING, Channel.COMMANDS,
    Channel.SENSORS,
)  # fmt: skip
RETAINED = (
    Channel.ACK, Channel.ONLINE, Channel.STATE, Channel.POLICY, Channel.DESIRED, Channel.SENSORS,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class UnitTopic:
    """A unit's channel."""

    site: SiteId
    unit: UnitId
    channel: Channel

    def __str__(self) -> str:
        return f"{PREFIX}/{self.site}/units/{self.unit}/{self.channel}"


def unit_topic(site: SiteId, unit: UnitId, channel: Channel) -> str:
    """Return a unit's topic; raise InvalidId for names that may not stand in one."""
    check_id(site, "site")
    check_id(unit, "unit")
    return str(UnitTopic(site, unit, channel))


def every_unit(site: SiteId, channel: Channel) -> str:
    """Return the filter for one channel of all units of a site."""
    return f"{PREFIX}/{check_id(site, 'site')}/units/+/{channel}"


def area_counts(site: SiteId, area: AreaId) -> str:
    """Return the topic of an area's counts."""
    return f"{PREFIX}/{check_id(site, 'site')}/areas/{check_id(area, 'area')}/counts"


def desk_state(site: SiteId, area: AreaId, desk: DeskId) -> str:
    """Return the topic of a desk's state."""
    place = f"{PREFIX}/{check_id(site, 'site')}/areas/{check_id(area, 'area')}"
    return f"{place}/desks/{check_id(desk, 'desk')}"


def changes(site: SiteId) -> str:
    """Return the server's own topic on which ingest tells web processes what changed."""
    return f"{PREFIX}/{check_id(site, 'site')}/server/changes"


def parse_unit_topic(topic: str) -> UnitTopic | None:
    """Return what a unit's topic says, or None if it is not one."""
    parts = topic.split("/")
    if len(parts) != 6 or parts[:2] != PREFIX.split("/") or parts[3] != "units":
        return None
    try:
        site, unit = check_id(parts[2], "site"), check_id(parts[4], "unit")
        return UnitTopic(SiteId(site), UnitId(unit), Channel(parts[5]))
    except (InvalidId, ValueError):
        return None
