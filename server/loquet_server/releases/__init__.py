"""Releases of the units' program: signed here, tried by a few units, then by all."""
