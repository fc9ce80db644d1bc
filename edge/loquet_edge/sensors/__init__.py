"""Sensors on the space's own broker: what their messages mean. Pure; the line is in ``link``."""
