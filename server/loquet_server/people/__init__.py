"""What the rooms of people have in common: finding them, changing them, showing them."""
