"""What changes with every tap, as units are told it: passes, stays, people."""
