"""The processes of a unit, in the order in which they start."""

PROCESSES = ("lockguard", "door", "link")
