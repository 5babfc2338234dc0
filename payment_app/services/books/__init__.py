"""Whether our books agree with Safaricom's, and where they do not."""
