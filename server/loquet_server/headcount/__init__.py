"""How many people are in an area, how surely, and why: estimated anew from the facts."""
