"""Who may still be inside, by name: on paper, on a phone, and with the server cut off."""
