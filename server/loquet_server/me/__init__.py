"""The members' own pages: what is theirs, for them alone."""
