"""Screens on the wall: how full it is, for whoever comes in; each with a secret of its own."""
