"""A unit that works takes over doors and desks that have lost theirs."""
