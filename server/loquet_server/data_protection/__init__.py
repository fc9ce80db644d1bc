"""Data protection on the pages: periods, the notice at the door, the register, one's own data."""
