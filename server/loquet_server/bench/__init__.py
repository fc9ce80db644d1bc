"""Simulated hardware in a browser: tap badges, move leaves, sit down, cut wires."""
