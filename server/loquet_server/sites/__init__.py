"""Sites: the space itself, where it is and how it counts its days."""
