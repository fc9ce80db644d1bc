"""Areas, and how full they are."""
