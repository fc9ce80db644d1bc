"""Bookings of desks, rooms and equipment: what may be booked, by whom, and what becomes of it.

``rules``, ``times`` and ``attendance`` only compute. One change of a space's bookings waits
for the other, so that nothing is ever booked twice. The door of a room is told by windows,
as for guests: it opens for a booking also while the server is away.
"""
