"""Members: who they are, their yearly membership, and whether they may come in."""
