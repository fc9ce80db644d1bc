"""Guests: people who may come for a while, and whose pass ends by itself."""
