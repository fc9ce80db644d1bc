"""Bookings over the API, on the operators' pages, and on the members' own."""
