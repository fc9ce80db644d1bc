"""How full the space is, and was: without identity."""
