"""Plans of a space's floors: drawn, and filled with what stands there."""
