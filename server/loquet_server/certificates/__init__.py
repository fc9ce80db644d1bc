"""Who may connect to the broker: certificates of units, their end, and the broker's own files."""
