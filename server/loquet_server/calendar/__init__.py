"""The calendar: closures, exceptional openings and events."""
