"""What the pages show: pure functions from a view and a language to plain, browser-safe values."""
