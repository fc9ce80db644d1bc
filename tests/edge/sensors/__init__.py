"""The space's own sensors."""
