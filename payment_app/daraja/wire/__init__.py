"""How a call travels: HTTP, JSON, and what is masked of it."""
