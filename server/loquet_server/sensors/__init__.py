"""Sensors that a space owns already: what they mean, and what is heard of them."""
