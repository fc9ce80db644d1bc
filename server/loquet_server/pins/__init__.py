"""PINs beside badges: chosen by members, drawn by operators, long enough, never shown again."""
