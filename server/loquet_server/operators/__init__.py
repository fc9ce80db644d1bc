"""Who runs the space: signing in, one's own account, and everybody's roles."""
