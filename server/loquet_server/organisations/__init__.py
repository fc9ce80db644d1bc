"""Organisations: employers and communes whose people share passes."""
