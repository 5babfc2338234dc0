"""Keys and what is made with them: seals, tokens, kept secrets."""
