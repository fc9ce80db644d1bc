"""What is to be published once the commit is through."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Publication:
    """One message for the broker; ``retain``: it stands there for who comes later.

    ``prompt``: said at once to who listens now, and then again for sure: what a broker keeps, it
    writes to its disk first, one message after the other. Who hears must bear repetition.
    """

    topic: str
    payload: str
    retain: bool = False
    prompt: bool = False
