"""What lets a unit in, by whichever way it came: its place, its identity, tokens of SD cards."""
