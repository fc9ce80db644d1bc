"""The last message under each topic, while somebody looks: bounded in number, length and bytes."""

from collections import OrderedDict

from loquet_contract.wire.sensors import MAX_PAYLOAD, MAX_SHOWN, MAX_TOPIC, TopicSeen

MAX_BYTES = 160 * 1024
"""Of all payloads together; the rest of a signed message needs its room too."""


class Preview:
    """Remembers; the topics heard longest ago are forgotten first."""

    def __init__(self) -> None:
        self._topics: OrderedDict[str, TopicSeen] = OrderedDict()
        self._bytes = 0

    def hear(self, topic: str, payload: bytes, retained: bool, utc: int) -> None:
        """Remember a message; ``utc`` in milliseconds."""
        if not topic or len(topic) > MAX_TOPIC:
            return
        self._forget(topic)
        text = payload[: 4 * MAX_PAYLOAD].decode(errors="replace")[:MAX_PAYLOAD]
        self._topics[topic] = TopicSeen(topic, text, utc, retained)
        self._bytes += len(topic.encode()) + len(text.encode())
        while len(self._topics) > MAX_SHOWN or self._bytes > MAX_BYTES:
            self._forget(next(iter(self._topics)))

    def clear(self) -> None:
        self._topics.clear()
        self._bytes = 0

    def topics(self) -> tuple[TopicSeen, ...]:
        """Return them by topic."""
        return tuple(self._topics[name] for name in sorted(self._topics))

    def _forget(self, topic: str) -> None:
        known = self._topics.pop(topic, None)
        if known is not None:
            self._bytes -= len(topic.encode()) + len(known.payload.encode())
