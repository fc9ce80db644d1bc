"""What people say about how many are inside, and what was left over at quiet hours."""
