"""Badges: their numbers, who carries them, and what became of them."""
