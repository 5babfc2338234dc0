"""The test phone: its pages, and the JSON by which tests do the same."""
