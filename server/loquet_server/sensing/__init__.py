"""What units are told of sensors on spaces' own brokers; below the noun, since ingest tells too."""
