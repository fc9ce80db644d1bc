"""Simulated Linux devices under unmodified drivers: the board, and the library that leads to it."""
