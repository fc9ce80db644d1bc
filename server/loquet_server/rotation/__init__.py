"""One pepper follows another, and one card master another, without a gap at any door."""
