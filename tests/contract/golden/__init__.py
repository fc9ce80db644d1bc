"""Golden files: bytes that were once on the wire, and must be read for ever."""
