"""What units say of the sensors on their spaces' own brokers."""

from loquet_contract.ids import SiteId, UnitId
from loquet_contract.wire.codec import MalformedMessage, decode_text
from loquet_contract.wire.sensors import MAX_SEEN, MAX_SENSORS, MAX_SHOWN, SensorsSeen
from loquet_contract.wire.signing import Purpose, Verifier, WrongSignature
from loquet_server.ingest.troubles import Refused, Trouble

_LARGEST = 2**53


def read_seen(payload: bytes, site: SiteId, unit: UnitId, verifier: Verifier) -> SensorsSeen:
    """Return what ``unit`` says of its sensors; raise Refused."""
    try:
        said = decode_text(SensorsSeen, verifier.payload(Purpose.SEEN, payload, MAX_SEEN))
    except WrongSignature as error:
        raise Refused(Trouble.FORGED_STATE, str(error)) from error
    except MalformedMessage as error:
        raise Refused(Trouble.MALFORMED_MESSAGE, str(error)) from error
    if (said.site, said.unit) != (site, unit):
        raise Refused(Trouble.FOREIGN_MESSAGE, f"{unit} sent the sensors of {said.unit}")
    if len(said.sensors) > MAX_SENSORS or len(said.topics) > MAX_SHOWN:
        raise Refused(Trouble.MALFORMED_MESSAGE, "more sensors or topics than there may be")
    times = [each.at or 0 for each in said.sensors.values()]
    times += [each.at for each in said.topics]
    if any(not 0 <= number < _LARGEST for number in (*times, said.dropped, said.utc)):
        raise Refused(Trouble.MALFORMED_MESSAGE, "a number is out of all bounds")
    if not 0 <= said.version < 2**31:
        raise Refused(Trouble.MALFORMED_MESSAGE, "a version is out of all bounds")
    return said
