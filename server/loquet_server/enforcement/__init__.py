"""What doors enforce now, and the proof that a badge opens nothing any more."""
