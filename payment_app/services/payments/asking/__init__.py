"""Asking M-Pesa instead of waiting: about whom, when, and what to do while it refuses to answer."""
