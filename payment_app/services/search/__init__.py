"""Finding payments: one query object behind the list, its counts, exports, views and the API."""
