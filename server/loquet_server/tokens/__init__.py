"""API tokens: programs' keys, each with the scopes that its operator chose."""
