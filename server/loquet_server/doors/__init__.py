"""Doors: how they stand, and orders to them."""
