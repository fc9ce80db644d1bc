"""Where passes are counted: accounts, what comes in, what is used, and what is left."""
