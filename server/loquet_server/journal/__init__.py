"""The record of what units did: its page and its API."""
