"""All hours of a space as plain values, and what a change of them means for whom."""
