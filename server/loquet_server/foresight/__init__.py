"""What the rule says of other moments: why, when, and what if. Pure; all through ``decide``."""
