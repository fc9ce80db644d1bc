"""Thin hands: everything that touches a wire, a bus or a simulated board."""
