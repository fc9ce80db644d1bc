"""The usual times of a desk's sensors, in seconds: for its machine, and for ``unit.toml``."""

SEAT_HOLD, SEAT_STUCK = 10.0, 57_600.0
"""16 hours of unbroken sitting is a bag or a short circuit."""
PRESENCE_HOLD, PRESENCE_STUCK = 30.0, 86_400.0
"""A radar that sees somebody for a whole day sees a fan or a curtain."""
PIR_HOLD, PIR_STUCK = 300.0, 3_600.0
"""An hour of unbroken motion is a fan or a broken sensor."""
PIR_LONGEST_HOLD, PIR_CONFIRM = 420.0, 180.0
"""Of a patient motion detector: what its hold grows to, and how long a lone sign waits for a
second one. Chosen on two days of a room with up to three people (docs/guides/desks.md)."""
BADGE_LIMIT = 36_000.0
"""Who forgot to check out counts as gone after 10 hours."""
DOOR_LIMIT = 14_400.0
"""Four hours without a sign behind a closed door: its contact is broken, or nobody is there."""
RADAR_SILENT = 5.0
"""A radar on a serial line talks ten times a second; after this long nobody knows."""
