"""Who has which plan, and from when to when."""
