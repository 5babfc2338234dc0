"""Bookings as staff look after them: found, made, changed, cancelled, brought in from a file."""
