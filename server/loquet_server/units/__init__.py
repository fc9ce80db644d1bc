"""Units on the wall."""
