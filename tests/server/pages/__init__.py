"""The pages, rendered from rows."""
