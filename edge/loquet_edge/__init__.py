"""The unit on the wall: reads, decides, releases, remembers, reports."""
