"""How a unit gets its identity: a one-time code, one exchange."""
