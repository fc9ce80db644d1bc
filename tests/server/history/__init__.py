"""The history, as numbers: no page, and mostly no database."""
