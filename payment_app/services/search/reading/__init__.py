"""From what was typed to a query: tokens, dates, misspelt names."""
