"""A unit was stolen: it is shut out, what it knew is replaced, and what is left is said plainly."""
