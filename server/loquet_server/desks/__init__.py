"""Desks and their states."""
