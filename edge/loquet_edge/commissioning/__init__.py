"""The installer's proof of a door: acts that are asked for, seen, timed and signed."""
