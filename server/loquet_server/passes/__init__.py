"""Passes: bought, used, given back; what is left, what is to be billed, what does not fit."""
