"""From a query to statements that stay fast at a million rows."""
