"""A new release of this program on the unit: fetched, tried beside the old one, and taken back."""
