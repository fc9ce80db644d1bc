"""Members from a file: read, matched, shown before anything changes, applied at once, undone."""
