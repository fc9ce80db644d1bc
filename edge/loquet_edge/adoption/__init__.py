"""A blank unit asks to be let in: it announces itself, shows a short code, and waits."""
