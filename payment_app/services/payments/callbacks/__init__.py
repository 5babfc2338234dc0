"""What Daraja posts: stored first (T4), then weighed (T5)."""
